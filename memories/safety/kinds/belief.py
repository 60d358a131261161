"""Religion and belief."""

HARMLESS = """
christian dior | christian bale | christian name | christian louboutin | christian is my | christian muller
christian schmidt | catholic school project | god of war | oh my god | thank god | god damn
gott sei dank | oh mon dieu | dios mio | gracias a dios | meu deus | gracas a deus | mass production | mass effect
"""

ENGLISH = """
{be} muslim | {be} muslims | {be} islamic | {be} christian | {be} christians | {be} catholic | {be} catholics
{be} protestant | {be} lutheran | {be} methodist | {be} baptist | {be} anglican | {be} presbyterian | {be} evangelical
{be} pentecostal | {be} mormon | {be} adventist | {be} quaker
{be} jew | {be} jews | {be} jewish | {be} hindu | {be} hindus | {be} buddhist | {be} buddhists | {be} sikh | {be} jain
{be} bahai | {be} pagan | {be} wiccan | {be} satanist | {be} scientologist | {be} atheist | {be} atheists
{be} agnostic | {be} religious | {be} spiritual but | {be} believer | {be} orthodox
jehovah s witness* | born again christian | as a muslim | as a christian | as a catholic | as a jew | as a hindu
as a buddhist | as an atheist | as a sikh | {my} religion | {my} faith | {my} church | {my} parish | {my} mosque
{my} synagogue | {my} rabbi | {my} imam | {my} pastor | {my} priest
muslim family | christian family | jewish family | catholic family | hindu family | sikh family | buddhist family
religious family | believe in god | believes in god | believe in allah | believe in jesus | found god | found jesus
accepted jesus | converted to | convert to islam | left the church | {be} baptised | {be} baptized | {be} circumcised
bar mitzvah | bat mitzvah | {be} confirmed in the church
{who} pray | {who} prays | praying | {who} go to church | goes to church | going to church | go to mass | goes to mass
go to the mosque | goes to the mosque | to friday prayers | to synagogue | keep kosher | keeps kosher | eat kosher
only kosher | eat halal | eats halal | only halal | halal only | keep shabbat | keep the sabbath | observe shabbat
observe ramadan | fast during ramadan | fasting for ramadan | fast for lent | fasting during ramadan | wear a hijab
wears a hijab | wear hijab | wears a headscarf | went to hajj | pilgrimage to mecca | bible study | bible group
read the quran | meditate to buddha | celebrate hanukkah | celebrates hanukkah | celebrate eid | celebrates eid
celebrate passover | celebrates passover | celebrate diwali | celebrates diwali | observe yom kippur
"""

GERMAN = """
{be} muslim* | {be} moslem* | {be} christ | {be} christin | {be} christlich | {be} katholisch* | {be} katholik*
{be} evangelisch* | {be} protestant* | {be} judisch | {be} jude | {be} judin | {be} hindu* | {be} buddhist*
{be} atheist* | {be} agnostiker* | {be} glaubig | {be} religios | {be} konfessionslos | {be} getauft | zeuge* jehovas
{be} mormone*
muslimisch | als muslim* | als christ | als katholik* | als jude | als judin | {my} religion | {my} glaube*
{my} kirche | {my} moschee | {my} synagoge | {my} pfarrer | {my} kirchengemeinde | glaube an gott | glaubt an gott
glaube nicht an gott | aus der kirche ausgetreten | konvertiert | {be} beschnitten | konfirmation | kommunion
in die kirche | in die moschee | in die synagoge | zum gottesdienst | zum freitagsgebet | esse koscher | isst koscher
esse nur halal | esse halal | faste im ramadan | im ramadan | ramadan | kopftuch | bete jeden | bete taglich | betet
"""

FRENCH = """
{be} musulman* | {be} chretien* | {be} catholique* | {be} protestant* | {be} evangelique* | {be} juif | {be} juive
{be} juifs | {be} hindou* | {be} bouddhiste* | {be} athee* | {be} agnostique* | {be} religieu* | {be} croyant*
{be} baptise* | {be} orthodoxe* | {be} temoin de jehovah | temoins de jehovah | en tant que musulman*
en tant que chretien* | {my} religion | {my} foi | {my} eglise | {my} paroisse | {my} mosquee | {my} synagogue
crois en dieu | croit en dieu | ne crois pas en dieu | converti* a | converti* au | vais a l eglise | va a l eglise
vais a la messe | va a la messe | vais a la mosquee | va a la mosquee | mange casher | mange halal | que halal
ramadan | porte le voile | portes le voile | prie tous | prie chaque | {be} circoncis
"""

SPANISH = """
{be} musulman* | {be} cristian* | {be} catolic* | {be} protestante* | {be} evangelic* | {be} judio* | {be} judia*
{be} hindu* | {be} budista* | {be} ate* | {be} agnostic* | {be} religios* | {be} creyente* | {be} bautizad*
{be} testigo de jehova | testigos de jehova | {my} religion | {my} fe | {my} iglesia | {my} parroquia | {my} mezquita
{my} sinagoga | creo en dios | cree en dios | no creo en dios | converti al | voy a misa | va a misa
voy a la iglesia | va a la iglesia | voy a la mezquita | como kosher | como halal | solo halal | ramadan | llevo velo
lleva velo | rezo | reza
"""

PORTUGUESE = """
{be} muculman* | {be} crista | {be} cristao | {be} catolic* | {be} protestante* | {be} evangelic* | {be} judeu*
{be} judia* | {be} hindu* | {be} budista* | {be} ateu | {be} ateia | {be} agnostic* | {be} religios* | {be} crente*
{be} batizad* | {be} espirita | {be} umbandista | {be} testemunha de jeova | testemunhas de jeova | {my} religiao
{my} fe | {my} igreja | {my} paroquia | {my} mesquita | {my} sinagoga | acredito em deus | creio em deus
nao acredito em deus | converti ao | vou a missa | vai a missa | vou a igreja | vai a igreja | frequento a igreja
vou a mesquita | como kosher | como halal | so halal | ramada | uso veu | usa veu | rezo | reza
"""

CHINESE = """
信教|我_信仰|我的信仰|基督徒|基督教徒|我信基督|信天主|天主教徒|穆斯林|我信伊斯兰|回教徒|清真_吃|只吃清真|佛教徒|信佛
拜佛|道教徒|印度教徒|犹太人|犹太教|猶太人|猶太教|无神论|無神論|不信神|不信教|信上帝|信耶稣|信耶穌|信主|受洗|洗礼
洗禮|斋月|齋月|去教堂|上教堂|去教会|上教會|去清真寺|礼拜_去|祷告|禱告|做礼拜
"""

JAPANESE = """
クリスチャンです|クリスチャンで|クリスチャンの家|キリスト教徒|キリスト教を信|カトリックです|カトリック信者|プロテスタントです
イスラム教徒|ムスリム|ユダヤ教徒|ユダヤ人|仏教徒|仏教を信|ヒンドゥー教徒|ヒンズー教徒|無神論|無宗教|創価学会|エホバの証人
信者です|信仰して|信仰が|神を信じ|洗礼|毎週_教会|教会に通|教会に行|モスクに|ラマダン|ハラール_食|ハラルしか|お祈り
改宗
"""
