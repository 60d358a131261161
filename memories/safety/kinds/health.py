"""Health: illnesses, injuries, treatments, disabilities, pregnancies."""

HARMLESS = """
great depression | economic depression | tropical depression | non alcoholic | alkoholfrei* | sans alcool | sin alcohol
sem alcool | blind date | blind spot | blind test* | blind tasting | blind review* | double blind | turn a blind eye
deaf ears | heart attack on a plate | heart of | seizure of assets | heat stroke | stroke of luck | breast stroke
key stroke | brush stroke* | virtual therapy game | retail therapy | sick of | retinol | tumor type | cancer zodiac
tropic of cancer | wendekreis des krebses | tropique du cancer | tropico de cancer | pregnant pause | fever pitch
cabin fever | flu shot clinic project | medical school | medical student | cold brew | krebse essen | gesundheits app
kalter krieg | schwanger mit ideen | depression glass | operation system | operations manager | migraine of a bug
"""

ENGLISH = """
diabet* | prediabet* | cancer | cancers | tumor* | tumour* | leukemi* | leukaemi* | lymphoma | melanoma | chemo
chemotherapy
radiotherapy | hiv | {have} aids | asthma* | epilep* | depression | {be} depressed | bipolar | schizophren*
psychosis | psychotic
panic attack* | panic disorder | anxiety disorder | {my} anxiety | {have} anxiety | {be} anxious all | social anxiety
ptsd | adhd
autis* | asperger* | {have} add | dyslexi* | dyspraxi* | ocd | anorexi* | bulimi* | eating disorder* | insomnia*
sleep apnea | sleep apnoea
migraine* | arthritis | osteopor* | fibromyalgia | lupus | multiple sclerosis | {have} ms | parkinson | parkinsons
alzheimer* | dementia
{have} stroke | {my} stroke | heart attack* | heart disease | heart condition | heart failure | heart murmur
pacemaker | blood pressure | hypertensi* | cholesterol
kidney disease | kidney failure | kidney stone* | dialysis | hepatitis | tuberculosis | crohn* | colitis | {have} ibs
irritable bowel | celiac | coeliac
allergic | allergy | allergies | lactose intoleran* | gluten intoleran* | {be} intolerant | anaphyla* | epipen*
pregnan* | miscarr* | {have} abortion | {have} an abortion
ivf | infertil* | menopaus* | endometriosis | pcos | {my} period | {my} periods | erectile | antidepressant* | ssri*
{my} medication* | {my} meds | {be} on medication | {have} medication
{who} take medication* | {who} take pills | takes medication* | taking medication* | taking pills | insulin
lithium for | ritalin | adderall | prozac | xanax | zoloft | statins | beta blockers | painkillers
wheelchair* | {be} disabled | {my} disability | {have} disability | {have} disabilities | {be} blind | {be} deaf
colour blind* | color blind* | hard of hearing | hearing loss | hearing aid* | hearing impair*
visually impaired | prosthe* | amput* | paraly* | quadripleg* | parapleg* | {have} surgery | {my} surgery
surgery on my | knee surgery | hip surgery | back surgery | heart surgery | eye surgery
{have} operation | {my} operation | hip replacement | knee replacement | transplant* | {be} diagnosed | diagnosed with
{my} diagnosis | {my} therapist* | {my} psychiatrist* | {my} psychologist* | {my} oncologist*
{my} cardiologist* | {my} neurologist* | {my} gynaecologist* | {my} gynecologist* | {my} doctor said
{my} doctor prescribed | {my} doctor told | {my} doctor says | {be} prescribed | {my} prescription*
{be} in therapy | {my} therapy | {who} go to therapy | goes to therapy | see a therapist | seeing a therapist
sees a therapist | see a psychiatrist | seeing a psychiatrist | therapy session* | psychotherap* | in rehab
rehab for
recovering addict | recovering alcoholic | {be} alcoholic | {be} addicted | alcoholics anonymous | {my} addiction
drinking problem | {be} sober | been sober | overdos* | suicid* | self harm* | {have} covid | long covid
caught covid | {have} flu
{be} ill | {be} sick | {be} unwell | {be} infertile | chronic illness | chronic pain | chronic fatigue
chronically ill | chronic back | terminally ill | {my} illness | {my} disease | {my} condition is | autoimmune
immunocompromised | immunosuppress*
back pain | {my} back hurts | {my} knee hurts | herniated disc | slipped disc | sciatica | scoliosis | thyroid
hypothyroid* | anemi* | anaemi* | hemophil* | haemophil* | sickle cell | cystic fibrosis | down syndrome
eczema | psoriasis | {have} acne | tinnitus | vertigo | glaucoma | cataract* | herpes | chlamydia | gonorrh*
syphilis | {have} std | {have} sti | burnout | burned out and on | sick leave | medical leave | {be} hospitalised
{be} hospitalized
in hospital | in the hospital with | in the hospital for | intensive care | {my} symptoms | {my} blood sugar
{my} blood test* | {my} bmi | {who} weigh | weighs | obese | obesity | {be} overweight | gastric bypass
{who} broke my | broke his | broke her | broken leg | broken arm | {have} concussion
{have} seizure* | {have} seizures | {have} rash | {have} fever | {have} infection | stutter* | {be} vaccinated
unvaccinated | {my} mental health | {my} health problem* | {my} health issue* | health condition | {have} cold sore*
hay fever | {be} a carrier of | stoma bag | catheter | {be} dying | {have} therapist | {have} stoma
to rehab | aa meeting* | na meeting* | trying to conceive | trying for a baby | {be} on the pill | {be} in remission
metformin* | ozempic | wegovy | mounjaro | sertralin* | fluoxetin* | paroxetin* | venlafaxin* | mirtazapin* | bupropion*
citalopram* | escitalopram* | lexapro | quetiapin* | risperidon* | olanzapin* | lamotrigin* | diazepam* | lorazepam*
alprazolam* | methylphenidat* | metilfenidat* | elvanse | vyvanse | concerta | levothyrox* | levotirox* | methotrexat*
metotrexat* | prednison* | cortison* | tamoxifen* | warfarin* | eliquis | xarelto | lisinopril* | ramipril*
amlodipin* | bisoprolol* | atorvastatin* | simvastatin* | methadon* | metadon* | buprenorphin* | suboxone | truvada
biktarvy | viagra | sildenafil* | finasterid*
"""

GERMAN = """
*diabet* | *krebs | *krebserkrankung* | tumor | hirntumor | leukamie | chemotherapie | {have} hiv | hiv positiv
{have} aids | *asthma | asthmatiker* | epilep* | *depression | *depressionen | depressiv | bipolar* | schizophren*
psychose*
panikattacke* | angststorung* | {my} angste | trauma* | adhs | {have} ads | autis* | asperger* | legasthen*
magersucht* | magersuchtig | bulimi* | essstorung* | schlafstorung* | schlaflosigkeit | migrane* | arthrose | rheuma
arthritis
multiple sklerose | {have} ms | parkinson | alzheimer | demenz* | dement | schlaganfall* | herzinfarkt* | herzfehler
herzkrank* | herzschrittmacher | bluthochdruck | blutdruck | cholesterin* | niereninsuffizienz | dialyse | hepatitis
tuberkulose
morbus crohn | reizdarm | zoliakie | *allergie | *allergien | *allergisch* | allergiker* | laktoseintoleran*
glutenunvertraglich* | *unvertraglichkeit | schwanger | schwangerschaft* | fehlgeburt* | abtreibung* | unfruchtbar*
wechseljahre* | endometriose
antidepressiv* | {my} medikament* | {have} medikament* | nehme medikamente | nimmt medikamente | nehme tabletten
nimmt tabletten | mache eine therapie | macht eine therapie
insulin | ritalin | rollstuhl* | {be} behindert | *behinderung | schwerbehindert* | {be} blind
{be} taub | gehorlos* | schwerhorig* | horgerat* | sehbehindert* | farbenblind
prothese* | querschnittgelahmt* | gelahmt | operiert | {my} operation | {have} operation | *transplantation
diagnostiziert | {my} diagnose | diagnose bekommen | {my} therapeut* | {my} psychiater* | {my} psycholog*
in therapie | {my} therapie | psychotherapie
suchtig | alkoholiker* | alkoholabhangig | trockener alkoholiker | suizid* | selbstmord* | {have} corona | long covid
{be} krank | krankgeschrieben | krankschreibung | chronisch krank* | chronische schmerzen | {my} krankheit
autoimmun* | ruckenschmerzen | bandscheibenvorfall* | skoliose | schilddruse*
blutarmut | bluter | neurodermitis | schuppenflechte | tinnitus | gruner star | grauer star | herpes | burnout
burn out | im krankenhaus gelegen | liege im krankenhaus | liegt im krankenhaus | intensivstation | blutzucker*
ubergewicht* | {be} erkrankt | leide an | leidet an | leide unter | leidet unter | heuschnupfen | bein gebrochen
arm gebrochen | geimpft | ungeimpft | stottere | pflegegrad
"""

FRENCH = """
diabet* | cancer | tumeur* | leucemie | chimio* | radiotherapie | seropositi* | {have} vih | le vih | {have} sida
asthm* | epilep* | depression | depressi* | bipolaire | schizophren* | crise* de panique | crise* d angoisse
trouble anxieux | troubles anxieux | tdah | autis* | asperger | dyslexi*
anorexi* | boulimi* | insomni* | migraine* | arthrose | arthrite | fibromyalgie | sclerose en plaques | parkinson
alzheimer | demence | {have} avc | un avc | crise cardiaque | infarctus | insuffisance cardiaque | pacemaker
hypertension | hypertendu* | tension arterielle | cholesterol | dialyse | hepatite* | tuberculose | crohn
coeliaque | allergi* | intoleran* au lactose | intoleran* au gluten | {be} enceinte | enceinte de | {my} grossesse
grossesse | fausse couche | {have} avortement | avorte | fiv | sterile* | menopause* | endometriose | antidepresseur*
{my} medicament* | prends des medicaments | prend des medicaments | insuline | ritaline | fauteuil roulant | handicap*
{be} aveugle | {be} sourd | {be} sourde | malentendant* | malvoyant* | daltonien* | appareil auditif
prothese* | paraly* | {be} opere | {be} operee | operation du | operation de la | {my} operation | greffe du
greffe de | diagnosti* | {my} therapeute | {my} psychiatre | {my} psychologue | {my} psy | {be} en therapie
{my} therapie | psychotherapie | alcoolique | toxicoman* | suicid* | {have} covid | covid long | {be} malade
{my} maladie | maladie chronique | douleurs chroniques | auto immune | mal de dos chronique | hernie discale
scoliose | thyroide | hypothyroid* | anemi* | hemophil* | eczema | psoriasis | acouphenes | glaucome | herpes
burn out | arret maladie | {be} hospitalise* | obes* | en surpoids | rhume des foins | vaccine* contre
casse la jambe | casse le bras
"""

SPANISH = """
diabet* | cancer | tumor* | leucemia | quimio* | radioterapia | seropositiv* | vih | {have} sida | asma | asmatic*
epilep* | depresion | depresiv* | deprimid* | bipolar | esquizofren* | ataque* de panico | ataques de ansiedad
trastorno* | {have} ansiedad | tdah | autis* | asperger | dislexi* | anorexi* | bulimi* | insomnio | migrana*
artrosis | artritis | fibromialgia | esclerosis multiple | parkinson | alzheimer | demencia
derrame cerebral | ictus | infarto* | insuficiencia cardiaca | marcapasos | hipertens* | presion alta | tension alta
colesterol | dialisis | hepatitis | tuberculosis | crohn | celiac* | alergi* | intoleran* a la lactosa
intoleran* al gluten | embaraz* | aborto* | infertil* | esteril | menopausia | endometriosis | antidepresiv*
{my} medicamento* | {my} medicacion | tomo medicacion | tomo medicamentos | toma medicamentos | tomo pastillas
insulina | silla de ruedas | discapacid* | discapacitad* | minusval* | {be} ciego | {be} ciega | {be} sordo
{be} sorda | daltonic* | audifono*
protesis | paralitic* | tetraplejic* | operaron de | me operaron | operado de | operada de | {my} operacion
{my} cirugia | trasplante* | diagnostic* | {my} terapeuta | {my} psiquiatra | {my} psicolog* | en terapia
psicoterapia | alcoholic* | drogadict* | suicid* | {have} covid | covid persistente | {be} enferm* | {my} enfermedad
enfermedad* | dolor cronico | autoinmune | hernia discal | escoliosis | tiroides | hipotiroid* | anemi* | hemofil*
eccema | psoriasis | glaucoma | herpes | de baja medica | baja por enfermedad | hospitalizad* | obes* | sobrepeso
rompi la pierna | rompi el brazo | vacunad* contra
"""

PORTUGUESE = """
diabet* | cancer | tumor* | leucemia | quimio* | radioterapia | soropositiv* | seropositiv* | hiv | {have} aids
{have} sida | asma | asmatic* | epilep* | depressao | depressiv* | deprimid* | bipolar | esquizofren*
ataque* de panico | crise* de panico | crise* de ansiedade | transtorno* | {have} ansiedade | tdah | autis* | asperger
dislexi* | anorexi* | bulimi* | insonia | enxaqueca* | artrose | artrite | fibromialgia | esclerose multipla
parkinson | alzheimer | demencia
avc | infarto* | enfarte | insuficiencia cardiaca | marcapasso | hipertens* | pressao alta | colesterol | dialise
hepatite* | tuberculose | crohn | celiac* | alergi* | intoleran* a lactose | intoleran* ao gluten | gravid* | aborto*
infertil* | menopausa | endometriose | antidepressiv* | {my} medicamento* | {my} remedio* | tomo remedio*
toma remedio* | tomo medicamento* | tomo medicacao | insulina | cadeira de rodas | deficien* | {be} cego | {be} cega
{be} surdo | {be} surda | daltonic* | aparelho auditivo
protese* | paraplegic* | tetraplegic* | fui operad* | {my} cirurgia | fiz uma cirurgia | {my} operacao | transplante*
diagnostic* | {my} terapeuta | {my} psiquiatra | {my} psicolog* | faco terapia | em terapia | psicoterapia
alcoolatra | alcoolic* | dependente quimico | suicid* | {have} covid | {be} doente | {my} doenca | doenca*
dor cronica | dores cronicas | autoimune | hernia de disco | escoliose | tireoide | tiroide | hipotireoid* | anemi*
hemofil* | eczema | psoriase | glaucoma | herpes | atestado medico | de baixa medica | internad* | obes* | sobrepeso
quebrei a perna | quebrei o braco | parti a perna | vacinad* contra
"""

CHINESE = """
糖尿病|癌|肿瘤|腫瘤|白血病|化疗|化療|艾滋|愛滋|哮喘|气喘|氣喘|癫痫|癲癇|抑郁|抑鬱|憂鬱症|忧郁症|躁郁|躁鬱
精神分裂|焦虑症|焦慮症|恐慌症|多动症|过动症|自闭症|自閉症|阅读障碍|厌食症|厭食症|暴食症|失眠|偏头痛|偏頭痛|关节炎
關節炎|痛风|痛風|帕金森|阿尔茨海默|痴呆|中风|中風|心脏病|心臟病|心脏搭桥|心梗|高血压|高血壓|低血压|血压_高|胆固醇
膽固醇|透析|肝炎|肺结核|过敏|過敏|不耐受|怀孕|懷孕|流产|流產|堕胎|墮胎|不孕|更年期|抗抑郁|抗憂鬱|我_吃药|我_吃藥
我_服药|服用药物|胰岛素|胰島素|轮椅|輪椅|残疾|殘疾|残障|殘障|失明|盲人|聋|聾|听障|聽障|助听器|色盲|假肢|瘫痪
癱瘓|做_手术|做_手術|动_手术|開刀|开刀|移植|确诊|確診|诊断为|被诊断|我的心理医生|心理咨询|心理治疗|精神科|戒酒
酗酒|酒精依赖|吸毒|自杀|自殺|新冠|生病|我的病|慢性病|慢性疼痛|腰椎间盘|甲状腺|甲狀腺|贫血|貧血|湿疹|濕疹|银屑病
牛皮癣|耳鸣|青光眼|白内障|疱疹|病假|住院|肥胖症|骨折|疫苗
"""

JAPANESE = """
糖尿病|がん患者|癌|がんに|ガンに|がんの治療|乳がん|肺がん|胃がん|腫瘍|白血病|抗がん剤|化学療法|ぜんそく|喘息|てんかん
うつ病|鬱病|うつで|双極性|統合失調|パニック障害|不安障害|発達障害|adhdです|自閉症|アスペルガー|拒食|過食症|摂食障害
不眠症|片頭痛|偏頭痛|関節炎|リウマチ|パーキンソン|アルツハイマー|認知症|脳卒中|脳梗塞|心筋梗塞|心臓病|ペースメーカー
高血圧|血圧が|コレステロール|透析|肝炎|結核|アレルギー|不耐症|妊娠|流産|中絶|不妊|更年期|抗うつ|薬を飲んで|薬を服用
服薬|インスリン|インシュリン|車椅子|車いす|障害者|障害が|失明|目が見え|耳が聞こえ|難聴|補聴器|色覚|義足|義手|麻痺
手術を|移植|診断され|診断を|カウンセリングに通|心療内科|精神科|アルコール依存|依存症|自殺|コロナに|持病|病気です|病気に
病気で|慢性|ヘルニア|甲状腺|貧血|アトピー|乾癬|耳鳴り|緑内障|白内障|ヘルペス|休職|入院|肥満|骨折|花粉症|ワクチン
"""
