"""Political opinions and membership of parties."""

HARMLESS = """
birthday party | dinner party | green tea | left handed | conservative estimate | liberal arts | liberal amount
labour day | labor day | vote for your favourite | democratic republic of congo
"""

ENGLISH = """
{who} vote | {who} voted | {who} votes | {who} vote for | votes for | voted for | voting for | {who} voting
voted against | voted labour | voted tory | voted democrat | voted republican | vote green | votes green
{be} democrat | {be} democrats | {be} republican | {be} republicans | {be} socialist* | {be} communist*
{be} marxist* | {be} anarchist* | {be} libertarian* | {be} fascist*
{be} conservative | {be} tory | {be} labour supporter | {be} liberal | {be} progressive | {be} social democrat*
{be} nationalist* | {be} monarchist* | {be} left wing | {be} right wing | {be} leftist | {be} far right
{be} far left | {be} left leaning | {be} centrist | {be} feminist* | {be} pro life | {be} pro choice
{be} trump supporter | {be} maga | {be} brexiteer | {be} remainer | {be} zionist | {be} anti zionist
{be} against abortion
{my} political* | {my} politics | politically | political party | {my} party membership | {my} vote
member of the democratic | member of the republican | member of the labour | labour party | tory party
conservative party | green party | republican party | democratic party | communist party | socialist party
liberal democrats | social democrats | member of the spd | member of the cdu | member of the afd
member of the greens | member of a political | joined the democrats | joined the greens | joined the spd
joined labour
support trump | supports trump | support biden | supports biden | support labour | supports labour
support the democrats | supports the republicans | support the greens | support brexit | support the afd
support putin | supporter of trump | campaigned for | canvass* for | donated to the campaign
demonstrated against the government | running for parliament | ran for parliament | running for city council
{who} went to a protest | protested against | protest march | {be} political refugee | political asylum
climate activist | political activist | {be} activist
"""

GERMAN = """
wahle _ {party} | {party} gewahlt | wahlt _ {party} | {party} wahle | wahlen _ {party} | {be} mitglied der spd
mitglied der cdu | mitglied der csu | mitglied der afd | mitglied der fdp | mitglied der grunen | mitglied der linken
mitglied bei den grunen | in der spd | in der cdu | in der csu | in der afd | in der fdp | bei den grunen
bei der linken | in der partei | parteimitglied* | parteibuch | {my} partei | {be} sozialist* | {be} kommunist*
{be} marxist* | {be} anarchist* | {be} konservativ | {be} sozialdemokrat* | {be} liberal | {be} links | {be} rechts
{be} linksliberal | {be} nationalist* | {be} feminist* | politisch links | politisch rechts | politisch eher
{my} politische* | {my} wahlstimme | unterstutze die afd | unterstutze die grunen | unterstutze die spd
unterstutze die cdu | kandidiere fur | kandidiert fur | auf eine demo | auf der demo gegen | demonstriere gegen
politische* asyl | klimaaktivist*
"""

FRENCH = """
vote pour | {have} vote | ai vote | a vote | vote* a gauche | vote* a droite | {be} de gauche | {be} de droite
{be} socialiste* | {be} communiste* | {be} marxiste* | {be} anarchiste* | {be} conservateur* | {be} conservatrice*
{be} ecologiste* | {be} macroniste* | {be} lepeniste* | {be} nationaliste* | {be} royaliste* | {be} feministe*
{be} militant* | {be} centriste* | membre du parti | adherent* au parti | adherent* du parti | adhere au parti
parti socialiste | parti communiste | rassemblement national | la france insoumise | les republicains | {my} parti
{my} opinions politiques | {my} convictions politiques | politiquement | soutiens macron | soutiens le pen
soutiens melenchon | soutient macron | manifeste contre | asile politique | encarte*
"""

SPANISH = """
vote por | vote a | voto por | voto a | voto al | votare | {have} votado | he votado | ha votado | voto a la izquierda
{be} de izquierda* | {be} de derecha* | {be} socialista* | {be} comunista* | {be} marxista* | {be} anarquista*
{be} conservador* | {be} liberal | {be} nacionalista* | {be} independentista* | {be} feminista* | {be} militante*
{be} peronista* | {be} chavista* | afiliad* al partido | afiliad* al psoe | afiliad* al pp | afiliad* a vox
miembro del partido | militante del psoe | militante de podemos | partido socialista | partido popular
{my} partido politico | {my} ideas politicas | {my} opiniones politicas | {my} ideologia | politicamente | apoyo a vox
apoyo al psoe | apoyo a podemos | manifestacion contra | asilo politico
"""

PORTUGUESE = """
votei | voto no | voto na | voto em | votou no | votou na | votou em | {have} votado | {be} de esquerda
{be} de direita | {be} socialista* | {be} comunista* | {be} marxista* | {be} anarquista* | {be} conservador*
{be} liberal | {be} petista* | {be} bolsonarista* | {be} lulista* | {be} nacionalista* | {be} feminista*
{be} militante* | {be} centrista | filiad* ao pt | filiad* ao psdb | filiad* ao partido | filiad* a um partido
membro do partido | militante do | partido socialista | partido comunista | {my} partido politico
{my} opiniao politica | {my} opinioes politicas | {my} ideologia | politicamente | apoio o bolsonaro | apoio o lula
apoio o pt | protesto contra o governo | asilo politico
"""

CHINESE = """
投票给|投票給|投了票|我投给|我投給|我投_票|党员|黨員|入党|入黨|共产党|共產黨|国民党|國民黨|民进党|民進黨|共和党
共和黨|民主党|民主黨|团员证|左派|右派|左翼|右翼|自由派|保守派|社会主义者|社會主義者|共产主义者|无政府主义|女权主义者
女權主義者|我的政治|政治立场|政治立場|政治观点|政治觀點|支持特朗普|支持川普|支持拜登|支持台独|支持台獨|参加_抗议
參加_抗議|参加_游行|參加_遊行|政治庇护|政治庇護
"""

JAPANESE = """
に投票|投票した|支持政党|自民党|立憲民主党|共産党|公明党|日本維新|維新の会|れいわ|社民党|国民民主党|共和党|民主党支持
党員|左派|右派|左翼|右翼|リベラル派|保守派|社会主義者|共産主義者|無政府主義|フェミニスト|政治的に|政治的な考え|私の政治
政治思想|トランプ_支持|バイデン_支持|デモに参加|抗議デモ|選挙_応援|選挙に出|政治亡命
"""
