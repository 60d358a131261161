"""German. What follows "dass" keeps its word order: it is stored as the person wrote it."""

from memories.requests.languages.base import Language, any_of

MINE = r"(?:mein(?:e[nmrs]?)?|unser(?:e[nmrs]?)?)"
KNOW = r"(?:weißt|weisst|wissen|gespeichert hast|gespeichert haben|gemerkt hast|gemerkt haben|kennst)"
MEMORY = r"(?:Erinnerung|Erinnerungen|Notiz|Notizen|Eintrag|Einträge)"
FORGET = r"(?:vergiss|vergiß|vergesst|vergessen Sie)(?: (?:bitte|mal|jetzt|wieder|doch))*+"
ERASE = r"(?:lösche?|loesche?|l(?:ö|oe)schen Sie|entferne|entfernen Sie)(?: bitte)?"
DELETE = r"(?:lösche?|loesche?|l(?:ö|oe)schen Sie|entferne|entfernen Sie|vergiss|vergiß|vergessen Sie)(?: bitte)?"
ABOUT_ME = r"(?:(?:über|ueber) mich|von (?:mich|mir))"
# What may be erased is not what stands in a text at hand, nor what another order about that text follows.
REMEMBERED_ONLY = r"(?!.*\b(?:aus|im|vom|(?:in|von|auf) (?:de[mnr]|diese[mnr]|mein\w*|dein\w*)|und|aber|außer)\b)"
YOU = r"(?:du|Sie|ihr)"
# What is known of somebody, asked for instead of said, and nothing behind it: "wo ich wohne".
ASKED = any_of(
    r"wo (?:ich|wir) (?:wohnen?|leben?|arbeiten?|studieren?|geboren (?:bin|wurde)|aufgewachsen (?:bin|sind))",
    r"wie (?:ich heiße|wir heißen)|wie ?viel (?:ich|wir) (?:verdienen?|wiegen?)|wann ich geboren (?:bin|wurde)",
    rf"wo {MINE} [^,:;]+ (?:wohne?n?t?|lebe?n?t?|arbeitet|arbeiten)",
    rf"wie {MINE} [^,:;]+ heiß(?:t|en)",
)

GERMAN = Language(
    name="German",
    stems=(
        *("merk", "behalt", "denk", "erinner", "speicher", "verg", "notier", "beacht", "über m", "ueber m", "lösch"),
        *("loesch", "entfern", "von mir"),
    ),
    openers=any_of(
        r"(?:hallo|hi|hey|moin|servus|guten (?:tag|morgen|abend)|grüß (?:dich|gott))(?: \w{2,20}(?=[,!]))?",
        r"(?:und|also|außerdem|ausserdem|übrigens|ach|oh|ok|okay|gut|nun|jetzt|dann|noch etwas|noch was|ach ja)",
        r"(?:danke|vielen dank|super|prima|ja|nein|nee|wichtig|(?:nur )?zur info|nur damit du(?: es|'s) weißt)"
        r"(?=\s*[,!.:;–—-])",
        r"(?:ab jetzt|von nun an|für (?:später|die zukunft|das nächste mal)|in zukunft|künftig)",
        r"(?:sei|seien sie) so (?:nett|gut|lieb|freundlich)(?: und)?",
        r"wenn (?:du (?:kannst|magst)|möglich)",
    ),
    binding=any_of(
        r"(?:ich (?:möchte|will|hätte gern|hätte gerne|wünsche mir)),? dass (?:du|sie)(?: dir| sich)?",
        r"(?:du (?:sollst|solltest|musst|kannst)|sie (?:sollen|sollten|müssen))(?: dir| sich)?",
        "bitte",
    ),
    dependent=rf"(?:(?:dir |sich )?(?:(?:das|es) )?(?:bitte )?merken(?! sie)|speichern(?! sie)|merkst|vergessen(?!"
    rf" sie)|alles|{MINE})",
    asking=any_of(
        r"(?:kannst|könntest|koenntest|würdest|magst) du(?: (?:dir|bitte|mal|auch|vielleicht))*+",
        r"(?:können|könnten|würden) sie(?: (?:sich|bitte|auch|vielleicht))*+",
    ),
    remember=any_of(
        r"merke? dir(?: (?:mal|doch|auch|bitte))*+",
        r"merken sie sich(?: (?:auch|bitte))*+",
        r"(?:dir |sich )?(?:(?:das|es) )?(?:bitte )?merken|merkst|merke?(?=\s*:)",
        r"merke? ?(?:es|das|'s) dir",
        r"(?:erinnere? dich|erinnern sie sich)(?: bitte)?(?: daran)?",
        r"(?:speichere?|speichern(?: sie)?)(?: (?:dir|bitte|ab|(?:in|im|auf) (?:deinem |dein )?(?:Gedächtnis"
        r"|Speicher)))*+"
        r"(?=\s*(?:,|:|dass|daß))",
        r"(?:behalte?|behalten sie)(?: (?:dir|bitte|immer))*+(?: im (?:kopf|gedächtnis))?(?=\s*(?:,|:|dass|daß))",
    ),
    note=any_of(
        r"(?:vergiss|vergiß) (?:(?:das|es|bitte|aber|doch|ja|bloß) ){0,2}(?:nicht|nie|niemals)|nicht vergessen",
        r"vergessen sie (?:bitte )?(?:nicht|nie|niemals)",
        r"(?:denke? (?:bitte )?(?:daran|dran)|denken sie (?:bitte )?daran)",
        r"(?:behalte?|behalten sie)(?: (?:bitte|immer))? im hinterkopf",
        r"(?:beachte|beachten sie)(?: bitte)?",
        r"(?:notiere?|notieren sie)(?: (?:dir|bitte))*+",
    ),
    asides=r"(?:bitte|mal|gut|für (?:mich|später|die zukunft|das nächste mal)|ab jetzt|auch|doch)",
    that=r"da(?:ss|ß)\b\s*",
    and_that=r"und(?: auch)?,? da(?:ss|ß)\s+",
    this=any_of(
        r"(?:das|dies|dieses|es|folgendes|das folgende|die folgenden (?:dinge|fakten|punkte)|diese (?:dinge|fakten"
        r"|information))",
        r"(?:das )?(?:über|von) mi[cr]h?(?=\s*:)",
    ),
    subject=r"(?:ich|wir|mir|mich)",
    possessive=MINE,
    person=r"(?:ich|mir|mich|mein(?:e[nmrs]?)?|wir|uns|unser(?:e[nmrs]?)?)",
    verbs=any_of(
        r"(?:bin|ist|sind|war|waren|hat|haben|hatte|heißt|heisst|heißen|heisse|heiße|lautet|wohnt|lebt|arbeitet|mag"
        r"|liebt)",
        r"(?:kommt|wird|werden|braucht|spricht|hasst|isst|trinkt|studiert|spielt|kann|muss|fährt|besucht|beginnt"
        r"|endet)",
    ),
    dated=any_of(
        r"(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|heute|morgen)\b",
        r"(?:januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember|\d{1,2} uhr)\b",
    ),
    not_statement=any_of(
        r"(?:wenn|wann|was|wo|wer|wen|wem|wie|warum|wieso|weshalb|welche[rsnm]?|ob|weil|als|damals|woran)",
        r"(?:mich|dich|sie|er|es|das|dies|diese[rsnm]?|alles|nichts|jene[rsnm]?)(?! ist (?:mein|unser))",
        r"(?:du|dir|dein\w*|ihr|euch|euer\w*|man)",
        r"(?:zu|sei|immer|nie|niemals|nur|bitte|antworte|schreib\w*|benutze|verwende|mach|lass|nicht)",
        r"(?:vergiss|merk|den tag|die zeit|das lied)",
        r"(?:mir|mich|uns|mein\w*|unser\w*) (?:[^,]* )?(?:zu \w+n|\w{2,12}zu\w{3,}n)$",
    ),
    unfinished=r"(?:ein(?:e[nmrs]?)?|der|die|das|den|dem|und|oder|aber|in|auf|mit|von|zu|für|mein(?:e[nmrs]?)?|dass)",
    retold=(
        r"ich (?:dir|ihnen|euch|es dir)?\s?(?:das |schon |bereits |mal )*(?:gesagt|erzählt|habe|sagte|erzählte"
        r"|fragte|gefragt|geschrieben|bat)\b(?! (?:ein|zwei|drei|kein|eine|einen|am|im|\d)\b)"
        r"|ich (?:dich|euch) (?:\w+ )?(?:liebe|mag|hasse|brauche|vermisse|lieb habe|liebhabe)$"
    ),
    at_hand=any_of(
        r"in diese[mr] (?:spiel|geschichte|szene|roman|code|skript|beispiel|übung|aufgabe|frage|text|fall|chat|gespräch"
        r"|unterhaltung|rollenspiel)\b",
        r"(?:ich|wir) (?:das|dies|es|die antwort|die ausgabe|das ergebnis|den text|den code)\b.{0,60}\b(?:brauche|will"
        r"|möchte|benötige|brauchen|wollen|möchten|benötigen)$",
    ),
    passing=r"(?:bereits|schon|oben|unten|angehängt|in diesem (?:fall|code|beispiel)|gerade)\b",
    joiners=r"(?:und|aber|also|dann)",
    fillers=r"(?:dann|jetzt|auch|nun|bitte|noch)",
    orders=any_of(
        r"(?:kannst|könntest|würdest) du|(?:können|könnten|würden) sie|bitte|danke",
        r"(?:sag|sage|gib|zeig|zeige|hilf|nenn|nenne|erzähl|erzähle|erklär|erkläre|schreib|schreibe|empfiehl) (?:mir"
        r"|uns)",
        r"schlage? (?:mir|uns)|(?:mir|uns) (?:bitte )?(?:ein|eine|einen|sagen|zeigen|helfen|erklären)",
    ),
    verbs_of_orders=r"(?:antworte|schreib|schreibe|finde|übersetze|mach|empfiehl|empfehle|nenne|vergiss|merk)",
    questions=any_of(
        r"(?:was|wer|wo|wann|warum|wieso|wie|welche[rsnm]?)",
        r"(?:ist|sind|hast|hat|gibt|kann|soll|weißt|kennst|bist|darf|muss) (?:du|ich|es|das|die|der|man|mein\w*|wir)",
    ),
    tags=r"(?:oder|nicht wahr|stimmt's|richtig|gell|ne|weißt du noch|ja|nein)",
    manners=any_of(
        r"(?:bitte|danke|vielen dank|danke (?:schön|dir)|[:;]-?\)|[🙏🙂😊👍])",
        r"(?<=, )(?:ok|okay|ja bitte|in ordnung|gut|ja|einverstanden)",
    ),
    forget=(
        rf"{FORGET},? da(?:ss|ß) (?P<query>(?:ich|wir|{MINE})\b[^:;]+)",
        rf"{FORGET},? (?:alles,? )?was (?:ich|wir) (?:dir |ihnen )?(?:über|zu|von) (?P<query>[^,:;]+?) (?:gesagt"
        r"|erzählt|geschrieben|erwähnt)"
        r" (?:habe|haben|hab)$",
        rf"{DELETE} (?:(?:die|alle|diese|deine|meine) )*+{MEMORY} (?:an|über|zu|von) (?P<query>(?!mich\b|uns\b"
        r"|das\b)[^,:;]+)",
        rf"{DELETE} (?:alles,? )?was {YOU} (?:alles )?(?:über|ueber|von|zu) (?P<query>{MINE} [^,:;]+?) {KNOW}$",
        rf"{ERASE} (?:alles,? )?was (?:ich|wir) (?:dir |ihnen )?(?:über|ueber|zu|von) (?P<query>{MINE} [^,:;]+?)"
        r" (?:gesagt|erzählt|geschrieben|erwähnt) (?:habe|haben|hab)$",
        rf"{ERASE} (?P<query>{MINE} [^,:;]+?) aus (?:dem|deinem) Gedächtnis$",
        rf"{ERASE} alles (?:über|ueber|zu) (?P<query>{REMEMBERED_ONLY}{MINE} [^,:;]+)",
        rf"{FORGET} (?:alles )?(?:über |ueber |was du über )?(?P<query>{MINE} [^,:;]+)",
        rf"(?P<query>{MINE} [^,:;]+?) (?:bitte )?(?:wieder )?(?:vergessen|aus (?:dem|deinem) gedächtnis"
        r" löschen)$",
        rf"vergessen,? da(?:ss|ß) (?P<query>(?:ich|wir|{MINE})\b[^:;]+)",
        rf"(?:{FORGET}|vergessen),? (?P<query>{ASKED})(?=[\s,.!]*$)",
    ),
    not_forgettable=any_of(
        r".*\b(?:nicht|nie|niemals)$",
        r".*\b(?:erst ?mal|erst einmal|vorerst|zunächst|für (?:den|einen) moment|für heute|kurz)\b",
        rf"{MINE} (?:(?:letzte|vorige|vorherige|bisherige|erste|obige)[nrsm]? )?(?:(?:zwei|drei|paar) )?"
        r"(?:fragen?|nachricht(?:en)?|bitten?|satz|sätze|anfragen?|antwort(?:en)?|kommentare?|beispiele?|fehler|sorgen"
        r"|probleme|kummer|anweisung(?:en)?|vorschl[aä]ge?|text|code|entwurf|idee|versuch)(?: (?:von )?oben)?$",
        r"(?:ich|wir) (?:das |es |dich |dir )?(?:gesagt|gefragt|erwähnt)",
        r"(?:ich|wir) (?:je |jemals |überhaupt |so |gerade |eben )*+(?:hier|da|unhöflich|gemein|böse|wütend|sauer"
        r"|frech|verwirrt) (?:war|waren|gewesen bin|gewesen sind)$",
        r"(?:ich|wir) (?:darüber|davon|drüber) (?:gesprochen|geredet) (?:habe|haben)$",
    ),
    excepting=r"(?:außer|ausser|bis auf|ausgenommen|abgesehen von|aber nicht)",
    forget_everything=(
        rf"{FORGET} alles,? was {YOU} (?:alles )?{ABOUT_ME} {KNOW}$",
        rf"(?:{FORGET}|{ERASE}) alles {ABOUT_ME}$",
        rf"{FORGET} alles,? was ich dir (?:je )?{ABOUT_ME} (?:erzählt|gesagt) habe$",
        rf"{DELETE} (?:alle )?(?:meine )?erinnerungen(?: (?:über|an) mich)?$",
        rf"{DELETE} alles,? was {YOU} {ABOUT_ME} {KNOW}$",
        rf"alles,? was du {ABOUT_ME} {KNOW},? (?:bitte )?(?:vergessen|löschen)$",
        rf"alles {ABOUT_ME} (?:bitte )?(?:vergessen|löschen)$",
    ),
    list_all=(
        rf"was (?:weißt|weisst) du (?:(?:denn|alles|so|schon|noch|eigentlich|bisher|bis jetzt) )*+{ABOUT_ME}(?:"
        rf" alles)?$",
        rf"was wissen sie (?:alles |schon )?{ABOUT_ME}$",
        rf"was (?:hast du dir|haben sie sich) (?:alles )?{ABOUT_ME} gemerkt$",
        rf"was (?:hast du|haben sie) (?:alles )?{ABOUT_ME} gespeichert$",
        r"(?:woran|an was) erinnerst du dich(?: bei mir)?$",
        rf"(?:(?:zeige?|zeigen sie|sage?|sagen sie|nenne?|erzähle?) mir|mir (?:zeigen|sagen|erzählen)),? (?:bitte,?"
        rf" )?(?:alles,? )?was {YOU} (?:alles"
        rf" )?{ABOUT_ME} {KNOW}$",
        r"(?:zeige?|zeigen sie)(?: mir)? (?:bitte )?(?:alle )?(?:meine|deine) erinnerungen(?: (?:an|über) mich)?$",
        r"liste? (?:bitte )?(?:alle )?meine erinnerungen(?: auf)?$",
        rf"(?:weißt|weisst) du (?:etwas|was|irgendetwas|irgendwas) {ABOUT_ME}$",
    ),
    reporting=any_of(
        r"(?:sagt|sagte|sagen|gesagt|fragt|fragte|bat|bittet|meinte|rief|schrieb|schreib|schreibe|singt|sang"
        r"|flüstert\w*)",
        r"(?:lied|liedtext|gedicht|zitat|satz|übersetz\w*|wenn(?! (?:du kannst|möglich))|falls|sobald|bis|stell dir"
        r" vor|angenommen)",
    ),
    inventing=(
        r"(?:stell dir vor|stellen sie sich vor|angenommen|nehmen wir an|rollenspiel|tu so,? als|in (?:der|meiner)"
        r" geschichte)\b"
    ),
    working_on=any_of(
        r"(?:übersetz|korrigier|fasse|umformulier|verbesser|formulier|überarbeit|analysier)\w*",
        r"(?:was (?:heißt|bedeutet)|wie sagt man|schreib(?:e)? (?:ein|einen|eine)|hier ist|brief von|e-?mail von"
        r"|liedtext)\b",
    ),
    salutation=r"(?:sehr geehrte[rs]?|lieber?|liebes) (?!(?:assistent|bot|ki)\b)[\w.' -]{2,40}(?:[,:!]|$)|betreff:\s",
    sign_off=r"(?:mit freundlichen grüßen|(?:viele|liebe|beste|herzliche) grüße|gruß|lg|mfg|dein|deine|ihre?)",
    points_forward=r"\bfolgende\w*|\bunten\b|\bdiese[nrs]? (?:satz|text|brief|mail|e-mail)\b",
    points_back=(
        r"\b(?:übersetze?|korrigiere?|verbessere?) (?:das|dies|es|den satz|den text|den brief)\b|\b(?:satz|text"
        r"|brief) oben\b"
        r"|\bwie sagt man das\b|\bwas (?:heißt|bedeutet) das\b"
    ),
)
