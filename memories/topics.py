"""Topics: what statements and questions are about, so that they meet without sharing a word.

"Who looks after my dad?" and "Mein Vater lebt in Kiel" have no word in common, and little in the vectors of an embedder
that knows one language. Each topic lists words that speak of it, in the languages that people use most here. A topic
counts as one more term of a text: what many of a person's memories share tells little, what few share tells much.

The table is knowledge of languages, not of anyone's memories: add what anybody would say, never what one text needs. As
the terms of a memory are stored when it is written, a change asks for `manage.py reembed --words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from memories.words import terms_of

MARK = "#"
"""Begins every topic; no word has it."""

_TOPICS = """
name: name named call called nickname surname | heißen heiße heißt nachname vorname | nom prénom appelle surnom |
  nombre apellido llamo llama llamas | nome chamo chama | 名前
age: age old born birthday birthdate birth year | alt alter geboren geburtstag geburt | âge né née anniversaire
  naissance | edad años cumpleaños nacimiento nací nació | idade nasci nasceu aniversário | 誕生日 生まれ
spouse: husband wife spouse partner fiancé fiancée married marry marriage wedding widow widower divorce divorced
  separated ex-husband ex-wife girlfriend boyfriend anniversary engaged relationship | mann ehemann frau ehefrau
  partnerin verheiratet hochzeit hochzeitstag geschieden witwe freundin verlobt heiraten | mari femme époux épouse
  mariage marié mariée divorcé copain copine | marido esposo esposa mujer boda casado casada novio novia divorciado
  pareja | casamento namorado namorada | 夫 妻 結婚
child: child children kid kids son sons daughter daughters baby toddler twins twin adopted custody stepson
  stepdaughter boy girl teenager | kind kinder sohn söhne tochter töchter zwillinge baby | enfant enfants fils fille
  filles bébé jumeaux | hijo hijos hija hijas niño niños niña bebé gemelos | filho filhos filha filhas criança | 息子 娘
  子供
parent: parent parents mother father mum mom dad mummy daddy stepmother stepfather | mutter vater eltern mama papa |
  mère père parents maman | madre padre padres mamá papá | mãe pai pais | 母 父 両親
inlaw: mother-in-law father-in-law in-laws in-law brother-in-law sister-in-law | schwiegermutter schwiegervater
  schwiegereltern schwager schwägerin | belle-mère beau-père belle-famille belle-sœur beau-frère | suegra suegro
  suegros cuñado cuñada | sogra sogro cunhado cunhada
sibling: sibling siblings brother brothers sister sisters | bruder brüder schwester schwestern geschwister | frère
  frères sœur sœurs | hermano hermanos hermana hermanas | irmão irmã irmãos irmãs | 兄 弟 姉 妹
grand: grandmother grandfather grandma grandpa granny grandparents grandchild grandchildren grandson granddaughter |
  oma opa großmutter großvater enkel enkelin enkelkinder großeltern | grand-mère grand-père mamie papi petit-fils
  petite-fille petits-enfants | abuela abuelo abuelos nieto nieta nietos | avó avô neto neta netos | 祖母 祖父 孫
relative: relative relatives family uncle aunt cousin nephew niece godmother godfather godson goddaughter ancestors
  grandnephew grandniece | familie verwandte onkel tante cousin cousine neffe nichte patenkind | famille oncle tante
  cousin cousine neveu nièce | familia tío tía primo prima sobrino sobrina | família tio tia primo prima sobrinho
  sobrinha | 家族
friend: friend friends friendship mate buddy pal | freund freunde freundin | ami amie amis amies copain | amigo amiga
  amigos amigas | 友達 友人
neighbour: neighbour neighbours neighbor neighbors next-door landlord landlady flatmate flatmates roommate roommates
  lodger tenant | nachbar nachbarn nachbarin vermieter mitbewohner mieter wg | voisin voisins voisine propriétaire
  colocataire | vecino vecinos vecina casero compañero | vizinho vizinha senhorio
boss: boss manager supervisor chief tutor advisor adviser mentor manages supervises | chef chefin vorgesetzte
  vorgesetzter leiterin leiter | patron patronne chef directrice directeur responsable | jefe jefa director directora
  | chefe gerente | 上司
colleague: colleague colleagues team coworker coworkers employee employees staff apprentice assistant | kollege
  kollegen kollegin mitarbeiter mannschaft lehrling | collègue collègues équipe employé employés apprenti | colega
  colegas equipo empleado empleados | equipe funcionário | 同僚
pet: pet pets dog dogs puppy cat cats kitten rabbit hamster tortoise turtle parrot horse pony fish animal animals vet
  puppies kittens guinea canary goldfish goat hen hens chickens bees aquarium leash | hund hunde katze katzen
  kaninchen pferd haustier haustiere tierarzt vogel schildkröte | chien chiens chienne chat chats lapin cheval animal
  tortue perroquet | perro perros perra gato gatos conejo caballo mascota tortuga | cão cachorro cavalo | 犬 猫 ペット
home: home house flat apartment live lives address move moved moving residence room attic boat city town village
  country stay staying reside based basement kitchen bathroom bedroom balcony tower suburb floor neighbourhood
  relocate relocated settle | wohnen wohne wohnt wohnung haus zuhause adresse umgezogen zimmer stadt dorf lebt lebe |
  habite habites habiter maison appartement adresse logement déménagé vis ville | vivo vives vive vivir casa piso
  apartamento dirección mudé ciudad pueblo | moro mora morar apartamento endereço cidade | 住 家
origin: born grew raised childhood native hometown roots nationality citizen citizenship passport passports visa |
  aufgewachsen heimat herkunft kindheit staatsangehörigkeit reisepass pass | origine originaire grandi enfance
  nationalité passeport | origen crecí infancia nacionalidad pasaporte viene | cresci infância nacionalidade
  passaporte
rent: rent mortgage deposit landlord loan debt debts owe owes owed borrowed borrow lend lent instalment instalments |
  miete kaution schulden kredit geliehen schulde schuldet | loyer caution dette dettes prêt dois doit emprunt |
  alquiler fianza deuda deudas préstamo debo debe | aluguel renda dívida empréstimo
money: money cost costs price prices pay pays paid salary wage wages income earn earns budget save saving savings
  afford bank account tax taxes pension fee scholarship insurance euros euro pounds dollars expensive cheap fees
  invoice currency stocks invest | geld kosten kostet preis gehalt lohn verdiene bank konto steuer steuern rente
  gebühr sparen versicherung stipendium | argent prix coûte salaire banque compte impôt impôts retraite épargne payer
  bourse assurance | dinero precio cuesta sueldo salario banco cuenta impuestos pensión ahorrar pagar beca seguro |
  dinheiro preço custa salário banco conta imposto poupança | お金 給料
work: work works worked job jobs occupation profession career employer company business employed retired retire shift
  shifts hire earn nurse doctor teacher engineer lawyer judge baker carpenter driver farmer cook chef waiter waitress
  artist musician programmer developer designer architect scientist accountant plumber electrician pilot dentist
  pharmacist journalist writer policeman soldier secretary salesman mechanic vet physician surgeon midwife firefighter
  chemist economist translator librarian hairdresser tailor butcher fisherman actor dancer singer photographer
  consultant analyst cleaner gardener builder sailor priest | arbeit arbeite arbeiten arbeitet beruf beruflich job
  firma stelle büro schicht rentner rente ärztin arzt lehrer lehrerin ingenieur anwalt richter bäcker fahrer bauer |
  travail travaille travailler métier emploi entreprise boulot bureau profession retraité médecin infirmière
  professeur avocat avocate boulanger ingénieur | trabajo trabaja trabajar empleo empresa profesión oficio dedica
  dedico oficina jubilado médico enfermera profesor profesora abogado abogada ingeniero | trabalho trabalha emprego
  empresa profissão escritório aposentado médico enfermeira professor advogado | 仕事 会社
study: study studies studying student students university college school degree exam exams course class classes lesson
  lessons subject thesis teacher learn learning semester graduate graduated homework diploma phd doctorate master
  bachelor lecture lectures professor essay | studiere studiert studium schule uni universität prüfung abschluss
  lehrer lehrerin lerne lernt lernen | étudie étudies étudier études école université examen diplôme cours professeur
  apprend apprends apprendre lycée baccalauréat | estudio estudia estudiar escuela universidad examen carrera curso
  profesor aprende aprendo aprender | estudo estuda escola universidade exame aprender | 大学 学校 勉強
language: language languages speak speaks spoken bilingual english german french spanish portuguese italian polish
  japanese chinese russian arabic dutch turkish | sprache sprachen spreche spricht deutsch englisch französisch
  spanisch | langue langues parle parles anglais allemand français espagnol | idioma idiomas lengua hablo habla inglés
  alemán francés español | língua falo fala inglês português | 言語 日本語 英語
eat: eat eats eating food foods meal meals dish dishes cuisine diet vegan vegetarian pescatarian meat fish cheese egg
  eggs bread cake rice gluten lactose dairy milk kosher halal nuts nut peanut peanuts shellfish sugar spicy spice herb
  coriander garlic vegetables fruit dessert breakfast lunch almonds hazelnuts walnuts seafood pork beef chicken tofu
  pasta soup salad chocolate honey mushrooms tomatoes onions potatoes | essen esse isst gericht vegetarisch vegetarier
  fleisch fisch käse milch gluten laktose brot kuchen nüsse gemüse obst | manger mange manges repas plat végétarien
  viande poisson fromage lait gluten pain gâteau noix amande | comer como comida come plato vegetariano carne pescado
  queso leche gluten pan pastel nueces cocina | comer comida prato vegetariano carne peixe queijo leite pão bolo | 食
  料理 肉 魚
cook: cook cooks cooking recipe recipes dinner supper restaurant bake baking menu ingredients ingredient grill
  barbecue takeaway snack groceries kitchen | kochen koche kocht rezept abendessen restaurant backen zutaten |
  cuisiner cuisine recette dîner restaurant cuire ingrédients | cocinar receta cena restaurante hornear ingredientes |
  cozinhar receita jantar restaurante ingredientes | レシピ 夕食
drink: drink drinks drinking coffee tea espresso cappuccino latte beer wine whisky alcohol alcoholic sober teetotal
  juice mate water | trinken trinke trinkt kaffee tee bier wein alkohol | boire bois boit café thé bière vin alcool |
  beber bebo bebe café té cerveza vino alcohol | beber bebo café chá cerveja vinho álcool | コーヒー お茶 酒 飲
allergy: allergy allergic allergies allergen intolerance intolerant coeliac celiac anaphylaxis tolerate hay fever
  hayfever | allergie allergien allergisch unverträglichkeit heuschnupfen vertrage verträgt | allergie allergies
  allergique intolérance supporte | alergia alergias alérgico alérgica intolerancia | alergia alérgico alérgica
  intolerância | アレルギー
health: health healthy ill illness sick sickness disease condition doctor physician hospital surgery operation
  operated pain ache aches headache headaches migraine migraines hurt hurts injury injured broke broken asthma
  diabetes arthritis cancer dementia blood pressure heart knee wrist back spine eye eyes ear ears hearing deaf teeth
  tooth dentist physiotherapist therapy symptom symptoms chronic disabled disability wheelchair sleep sleeping breathe
  allergies vision stroke anxiety depression adhd autism epilepsy thyroid cholesterol fracture shoulder hip neck
  stomach skin | gesundheit krank krankheit arzt ärztin krankenhaus schmerz schmerzen kopfschmerzen operation zähne
  zahnarzt | santé malade maladie médecin hôpital douleur douleurs mal opération dents dentiste | salud enfermo
  enferma enfermedad médico hospital dolor dolores operación dientes dentista mareo | saúde doente doença médico
  hospital dor operação dentes | 健康 病気 医者 病院
medicine: medicine medicines medication medications drug drugs pill pills tablet tablets dose prescription prescribe
  prescribed antibiotic antibiotics penicillin aspirin ibuprofen inhaler insulin vaccine vaccination painkiller
  painkillers paracetamol antihistamine statin ointment injection syringe | medikament medikamente tablette tabletten
  rezept impfung aspirin | médicament médicaments comprimé ordonnance vaccin aspirine | medicamento medicamentos
  medicina pastilla pastillas receta vacuna aspirina | remédio remédios comprimido vacina | 薬
sport: sport sports exercise run runs running jog jogging marathon swim swims swimming cycle cycling climb climbing
  hike hiking walk ski skiing yoga gym tennis football soccer rugby basketball workout training train fitness team
  match karate judo boxing rowing sailing surfing volleyball handball baseball cricket golf hockey bouldering
  triathlon pilates dance dancing skate skating skateboard | sport laufen laufe schwimmen schwimme klettern wandern
  fußball turnen verein | sport courir cours natation nager nage escalade randonnée football équipe vélo | deporte
  correr corro nadar nado escalar senderismo fútbol equipo | esporte desporto correr nadar futebol | スポーツ 泳 走
hobby: hobby hobbies pastime leisure spare collect collects collecting knit knitting sew sewing garden gardening paint
  painting photo photos photography chess games gaming crafts club pottery woodworking embroidery birdwatching
  astronomy puzzles crosswords origami stamps coins instrument baking fishing | hobby hobbys freizeit sammle stricken
  garten malen fotografie schach spielen | loisir loisirs passe-temps collectionne tricot jardin peinture photo échecs
  | afición aficiones pasatiempo colecciono tejer jardín pintura fotografía ajedrez | passatempo coleciono jardim
  pintura fotografia xadrez | 趣味
music: music musician musical song songs sing sings singing choir band orchestra concert concerts gig gigs instrument
  instruments piano guitar violin cello bass drum drums drummer drumming flute trumpet saxophone accordion composer
  opera quartet jazz rock album record label listen tour alto oboe clarinet trombone harp ukulele organ playlist
  spotify singer | musik musiker lied singen singe chor band orchester konzert instrument klavier gitarre geige
  schlagzeug hören höre | musique musicien chanson chanter chante chorale orchestre concert instrument piano guitare
  violon écouter écoute | música músico canción cantar canto coro orquesta concierto instrumento guitarra violín
  escuchar | música cantar coro orquestra instrumento violão ouvir | 音楽 歌
reading: read reads reading book books novel novels author authors writer literature poem poetry library magazine
  newspaper comics ebook kindle thriller | lesen lese liest buch bücher roman autor autorin zeitung gern | lire lis
  lit livre livres roman auteur journal | leer leo lee libro libros novela autor autora periódico | ler leio lê livro
  livros romance autor jornal | 本 読
watch: film films movie movies series tv television cinema watch show episode streaming radio netflix documentary
  documentaries actor director | film filme serie fernsehen kino schauen | film série télévision cinéma regarder |
  película películas serie televisión cine | filme série televisão cinema | 映画
travel: travel travels travelling trip trips holiday holidays vacation journey flight flights fly flying plane airport
  airline airlines train trains ferry hotel hotels hostel abroad visit camping campsite tourist sail sailing seat
  seats bus buses metro sightseeing beach mountains itinerary luggage suitcase cruise airbnb tent | reise reisen
  urlaub flug fliegen fliege zug fähre hotel flughafen bahn ferien | voyage voyager voyages vacances vol avion train
  hôtel aéroport bateau | viaje viajar viajes vacaciones vuelo avión tren hotel aeropuerto barco | viagem viajar
  férias voo avião comboio hotel aeroporto | 旅行 飛行機
vehicle: car cars vehicle drive drives driving van truck motorbike motorcycle scooter bike bicycle bicycles licence
  license garage parking tesla volkswagen toyota ford bmw renault skoda diesel petrol tyres bmx | auto wagen fahren
  fahre fährt führerschein fahrrad motorrad rad | voiture conduire conduis permis vélo moto camionnette | coche carro
  conducir conduzco carnet bicicleta moto furgoneta | carro dirigir conduzir carta bicicleta mota | 車 自転車
computer: computer computers laptop laptops pc machine workstation tablet ipad screen monitor monitors keyboard device
  devices operating system os linux ubuntu debian arch windows macos mac server backup backups phone app wifi fedora
  chromebook android iphone router wi-fi password browser | rechner computer laptop betriebssystem handy telefon
  bildschirm tastatur | ordinateur portable écran clavier téléphone système | ordenador computadora portátil pantalla
  teclado móvil teléfono sistema | computador ecrã tela teclado telemóvel celular | パソコン
code: code coding program programming programmer developer software function script library framework python rust java
  javascript typescript golang php ruby sql postgres postgresql mysql database query deploy deployed release
  repository editor vim emacs helix vscode tabs spaces parser api bug fix live production kotlin swift haskell c++ css
  html docker kubernetes git algorithm test tests | programmieren programmiere programmiersprache code funktion
  datenbank abfrage | programmer programmation code fonction logiciel | programar programación código función software
  | programar programação código função
answerstyle: answer answers reply replies respond response tone style formal formally emoji emojis jokes short long
  length detailed concise brief comments units unit explain example examples address addressed spoken summary draft
  greeting | antworten antwort antworte duzen siezen kurz ausführlich stil | réponse réponses répondre tutoyer
  vouvoyer court ton | respuesta respuestas responder tutear breve tono | resposta respostas responder breve tom
fear: fear afraid scared scares frightened phobia faint heights spiders anxious nervous panic | angst fürchte furcht
  höhenangst | peur crains vertige | miedo temo vértigo | medo receio vertigem | 怖
meet: meeting meetings appointment appointments call calls calendar schedule deadline deadlines due standup stand-up
  interview interviews rehearse rehearsal rehearsals agenda conference workshop booking reservation | termin termine
  besprechung frist treffen probe | rendez-vous réunion réunions échéance répétition | cita citas reunión reuniones
  plazo ensayo | reunião reuniões prazo compromisso ensaio | 会議 予定
contact: phone telephone number email e-mail e-mails mail contact contacted reach message messages write call calls
  post text texts mobile | telefon telefonnummer e-mail nummer erreichen kontakt | téléphone numéro courriel joindre
  contacter | teléfono número correo contactar | telefone número correio contactar | 電話
gift: gift gifts present presents surprise birthday christmas | geschenk geschenke schenken weihnachten | cadeau
  cadeaux offrir noël | regalo regalos regalar navidad | presente presentes natal | プレゼント
project: project projects plan plans planning building build develop developing goal goals aim restore | projekt
  projekte vorhaben plane ziel ziele baue bauen | projet projets prévois objectif construire construis | proyecto
  proyectos planeo objetivo construir construyo | projeto projetos plano planos objetivo | 計画
clothes: clothes clothing wear wears shirt jumper sweater coat dress trousers shoe shoes size sizes colour color tall
  height centimetres glasses hat gloves socks suit jeans boots | kleidung größe schuhe schuhgröße jacke farbe brille |
  vêtements taille chaussures pointure couleur lunettes | ropa talla zapatos color gafas | roupa tamanho sapatos cor
  óculos | 服 靴
heating: heat heating heated heater boiler gas stove wood electricity pump radiator energy power insulation solar
  panels thermostat | heizung heizen heize strom ofen gas wärmepumpe | chauffage chauffer électricité poêle gaz |
  calefacción electricidad gas estufa | aquecimento eletricidade gás
faith: religion religious church mosque temple synagogue pray prays prayer parish christian muslim jewish buddhist
  hindu believe faith ramadan sabbath catholic protestant atheist | kirche glaube religion beten gemeinde | église
  religion prier foi mosquée | iglesia religión rezar fe mezquita | igreja religião rezar fé | 宗教
internet: twitter facebook instagram social media campaign advertising online website domain blog reddit tiktok
  youtube linkedin newsletter profile | werbung webseite internet | publicité réseaux site | publicidad redes sitio |
  publicidade redes
night: sleep sleeps bed night nights morning midnight late early rise wake woken evening nap insomnia asleep |
  schlafen schlafe bett nacht morgens früh aufstehen | dormir dors lit nuit matin tôt coucher | dormir duermo cama
  noche madrugar | dormir durmo cama noite manhã | 寝
garden: garden gardening plant plants tree trees vegetable vegetables bed flowers apple rose roses lawn herbs compost
  | garten baum bäume pflanzen | jardin arbre arbres plante plantes | jardín árbol árboles planta plantas | jardim
  árvore árvores planta plantas | 庭
"""

# Who asks what to cook wants to hear of an allergy as well.
_LEADS_TO = {"cook": ("eat", "allergy"), "gift": ("hobby",)}

_UNSPACED = re.compile("[\u3005-\u9fff]")


def _read() -> tuple[dict[str, tuple[str, ...]], tuple[tuple[str, str], ...]]:
    """The topics of each term, and the words of scripts without spaces, which are looked for anywhere in a text."""
    of_term: dict[str, tuple[str, ...]] = {}
    anywhere = []
    for line in _TOPICS.strip().replace("\n  ", " ").splitlines():
        name, _, words = line.partition(":")
        for word in words.replace("|", " ").split():
            terms = terms_of(word)
            if _UNSPACED.match(word):
                anywhere.append((word, MARK + name))
            elif len(terms) == 1 and MARK + name not in of_term.get(terms[0], ()):
                of_term[terms[0]] = (*of_term.get(terms[0], ()), MARK + name)
    return of_term, tuple(anywhere)


_OF_TERM, _ANYWHERE = _read()
_ALSO = {MARK + name: tuple(MARK + other for other in others) for name, others in _LEADS_TO.items()}


def words_of_topics() -> list[list[str]]:
    """The words of each topic that are a term by themselves."""
    words: dict[str, list[str]] = {}
    for term, topics in _OF_TERM.items():
        for topic in topics:
            words.setdefault(topic, []).append(term)
    return list(words.values())


def topics_of(text: str, terms: Iterable[str]) -> list[str]:
    """What a text with these terms is about, each topic once."""
    found = {topic: None for term in terms for topic in _OF_TERM.get(term, ())}
    if not text.isascii() and _UNSPACED.search(text):
        found |= {topic: None for word, topic in _ANYWHERE if word in text}
    return list(found)


def asked_about(text: str, terms: Iterable[str]) -> list[str]:
    """What a question is about, and what those who ask it want to hear of besides."""
    topics = topics_of(text, terms)
    return list(dict.fromkeys([*topics, *(other for topic in topics for other in _ALSO.get(topic, ()))]))
