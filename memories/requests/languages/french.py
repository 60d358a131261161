"""French."""

from memories.requests.languages.base import Language, any_of

MINE = r"(?:mon|ma|mes|notre|nos)"
ME = r"moi"
ABOUT = r"(?:sur|de|d'|à propos de|a propos de|concernant|au sujet de)"
ABOUT_ME = r"(?:(?:sur|de|à propos de|a propos de|concernant) moi|à mon sujet|à mon propos|me concernant)"
FORGET = r"(?:oublie|oubliez|oublies|oubliiez|oublier)(?: (?:tout de suite|s'il te pla[iî]t|s'il vous pla[iî]t))?"
DELETE = r"(?:supprime|supprimez|supprimer|efface|effacez|effacer|enlève|enlevez|enlever|oublie|oubliez|oublier)"
# What may be erased is not what stands in a text at hand, nor what another order about that text follows.
REMEMBERED_ONLY = r"(?!.*\b(?:dans|du|des|de (?:la|ce|cet|cette|mon|ma|mes|notre)|et|mais|sauf)\b)"
MEMORY = r"(?:souvenirs?|mémoires?|notes?)"
YOU_KNOW = r"(?:tu sais|vous savez|tu as (?:retenu|mémorisé|appris)|vous avez (?:retenu|mémorisé|appris)|tu connais)"
SAID = r"ce que (?:je|j')\s?(?:t'ai |vous ai |ai )?(?:dit|raconté|écrit|disais)"
# What is known of somebody, asked for instead of said, and nothing behind it: "où j'habite".
ASKED = any_of(
    r"où (?:j'habite|(?:je|nous) (?:vis|vivons|travaill(?:e|ons)|suis née?)|j'étudie|j'ai grandi)",
    r"comment je m'appelle|combien (?:je|nous) (?:gagn|pès|pes|mesur)(?:e|ons)|quand je suis née?",
    rf"où {MINE} [^,:;]+ (?:habite|vit|travaille)(?:nt)?|où (?:habite|vit|travaille)(?:nt)? {MINE} [^,:;]+",
    rf"comment s'appelle(?:nt)? {MINE} [^,:;]+",
)

FRENCH = Language(
    name="French",
    stems=(
        *("souv", "souven", "rappel", "retien", "retenez", "retenir", "mémoris", "memoris", "oubli", "note ", "notez"),
        *("note:", "sache", "enregistr", "en compte", "en tête", "à l'esprit", "moi", "mon sujet"),
        *("supprime", "efface"),
        *("enlève tout", "enlevez tout", "enlever tout", "enlève ce", "enlevez ce"),
    ),
    openers=any_of(
        r"(?:bonjour|bonsoir|salut|coucou|allô|hey|hello)(?: \w{2,20}(?=[,!]))?",
        r"(?:s'il te pla[iî]t|s'il vous pla[iî]t|stp|svp)",
        r"(?:et|aussi|alors|donc|puis|ensuite|enfin|au fait|d'ailleurs|en plus|ok|oh|bien|maintenant|à partir de"
        r" maintenant)",
        r"(?:merci|super|oui|non|parfait|d'accord)(?=\s*[,!.:;–—-])",
        r"(?:pour (?:plus tard|la prochaine fois|l'avenir)|à l'avenir|désormais|dorénavant|autre chose|encore une"
        r" chose)",
        r"si (?:tu peux|vous pouvez|possible)",
    ),
    binding=any_of(
        r"(?:je (?:voudrais|veux|souhaite|souhaiterais)|j'aimerais) que (?:tu te|vous vous|tu|vous)",
        r"(?:tu (?:dois|devrais|peux)|vous (?:devez|devriez|pouvez))",
        r"n'hésite pas à|pense à|pensez à|essaie de|essayez de",
        r"(?:merci de(?: bien vouloir)?|veuillez|veuille|prière de)",
    ),
    dependent=any_of(
        "oublier|effacer|supprimer|te souvenir|vous souvenir|te rappeler|vous rappeler|retenir|mémoriser|memoriser",
        "enregistrer|noter|garder|prendre|te souviennes|vous souveniez|souviennes|souveniez|retiennes|reteniez",
        "te rappelles|vous rappeliez|oublies|oubliiez",
    ),
    asking=any_of(
        r"(?:peux|pourrais)[- ]tu(?: (?:s'il te pla[iî]t|stp|aussi|bien))*+",
        r"(?:pouvez|pourriez)[- ]vous(?: (?:s'il vous pla[iî]t|svp|aussi|bien))*+",
        r"(?:est-ce que )?tu (?:peux|pourrais)",
        r"(?:est-ce que )?vous (?:pouvez|pourriez)",
    ),
    remember=any_of(
        r"(?:retiens|retenez|mémorise|mémorisez|note|notez)-le|souviens-(?:t['-]|toi-)en|souvenez-vous-en",
        r"(?:souviens[- ]toi|souvenez[- ]vous|rappelle[- ]toi|rappelez[- ]vous)(?: bien| toujours)?",
        r"(?:te souvenir|vous souvenir|te rappeler|vous rappeler)(?: bien)?",
        r"(?:te|vous) (?:souviennes|souveniez|rappelles|rappeliez)|souviennes|souveniez|retiennes|reteniez",
        r"(?:retiens|retenez|retenir|mémorise|mémorisez|mémoriser|memorise|memoriser)(?: bien| toujours)?",
        r"(?:enregistre|enregistrez|enregistrer)(?= (?:que|qu'|en mémoire|dans ))(?: (?:en|dans (?:ta|votre|la))"
        r" mémoire)?",
    ),
    note=any_of(
        r"(?:n[' ])?(?:oublie|oubliez|oublies) (?:pas|jamais|surtout pas)|ne l'(?:oublie|oubliez|oublies) (?:pas"
        r"|jamais)",
        r"ne (?:pas|jamais) oublier",
        r"(?:note|notez|noter|sache|sachez)(?: bien)?",
        r"(?:garde|gardez|garder|aie|ayez) (?:bien )?(?:en tête|à l'esprit|en mémoire)",
        r"(?:prends|prenez|prendre) (?:bien )?(?:note|en compte)",
    ),
    asides=(
        r"(?:bien|s'il te pla[iî]t|s'il vous pla[iî]t|stp|svp|pour (?:moi|plus tard|la prochaine fois|l'avenir)"
        r"|aussi|toujours|de)"
    ),
    that=r"(?:du fait )?qu(?:e\b\s*|')",
    and_that=r"et (?:aussi )?qu(?:e\s+|')",
    this=any_of(
        r"(?:de )?(?:ceci|cela|ça|ca|le|tout ça|tout cela|ce qui suit|la chose suivante|les choses suivantes)",
        r"(?:ces|les) (?:choses|faits|informations|infos|points)(?: suivants| suivantes)?(?: sur moi)?",
        r"(?:cette|l')\s?information(?: suivante)?",
    ),
    subject=r"(?:je|j'|nous|on)",
    possessive=MINE,
    person=r"(?:je|j|me|m|moi|mon|ma|mes|nous|notre|nos)",
    verbs=any_of(
        r"(?:est|sont|était|a|ont|s'appelle|s'appellent|habite|habitent|vit|vivent|travaille|aime|déteste|préfère"
        r"|parle|mange)",
        r"(?:va|vient|sera|commence|finit|joue|étudie|tombe|boit|peut|doit|adore|fait)",
    ),
    dated=any_of(
        r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|aujourd'hui|demain)\b",
        r"(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)\b",
    ),
    not_statement=any_of(
        r"(?:quand|lorsque|où|qui|quoi|comment|pourquoi|quel(?:le)?s?|si|parce|ce que|ce qu|de la fois|du jour|de ce"
        r" jour|le jour)",
        r"(?:tu|toi|te|t'|ton|ta|tes|vous|votre|vos|il|elle|ils|elles|son|sa|ses|leur|leurs|ça|cela|ceci)",
        r"(?:c'est|c'était)(?! (?:mon|ma|mes|moi|bientôt mon))",
        r"(?:moi|lui|tout|rien|sois|soyez|toujours|jamais|ne|n'|réponds|répondez|écris|écrivez|utilise|fais|faire"
        r"|être|d'être)",
        r"(?:de|d'|à|des?)",
    ),
    unfinished=r"(?:un|une|le|la|les|des|de|du|et|ou|mais|dans|à|avec|pour|sur|est|sont|suis|mon|ma|mes|que|m'appelle)",
    retold=(
        r"(?:je|j'|nous)\s?(?:te |vous |t'|vous )?(?:l')?(?:(?:ai|avais|avons) (?:déjà )?(?:dit|demandé|raconté"
        r"|parlé|expliqué|écrit)|disais|parlais|demandais)\b"
        r"|on (?:en )?a (?:parlé|dit)|je (?:t'|vous )(?:aime|adore)$"
    ),
    at_hand=any_of(
        r"dans (?:ce|cet|cette) (?:jeu|histoire|scène|roman|code|exemple|exercice|tâche|question|texte|cas|chat"
        r"|conversation)\b",
        r"(?:veux|voulons|voudrais|ai besoin(?: de)?) ?(?:ça|cela|ceci|de ça|(?:de )?(?:la |le |du |l')"
        r"(?:réponse|résultat|texte|code|résumé|traduction))\b",
    ),
    passing=r"(?:suis pressée?|déjà|ci-dessus|ci-dessous|ci-joint|dans ce (?:cas|code)|dans cet exemple)\b",
    joiners=r"(?:et|mais|donc|alors|puis)",
    fillers=r"(?:ensuite|aussi|maintenant|alors)",
    orders=any_of(
        r"(?:peux|pourrais)-tu|(?:pouvez|pourriez)-vous|tu (?:peux|pourrais)|vous (?:pouvez|pourriez)|s'il (?:te"
        r"|vous) pla[iî]t|merci",
        r"(?:dis|donne|montre|aide|explique|propose|conseille|recommande|écris|suggère|parle|raconte|fais)-(?:moi"
        r"|nous)",
        r"(?:dites|donnez|montrez|aidez|expliquez|proposez|conseillez|recommandez|écrivez|racontez|faites)-(?:moi"
        r"|nous)",
    ),
    verbs_of_orders=(
        r"(?:écris|écrivez|réponds|propose|proposez|trouve|trouvez|traduis|traduisez|explique|donne|oublie)"
    ),
    questions=any_of(
        r"(?:qu'est-ce|est-ce|quel(?:le)?s?|que|qui|où|quand|comment|pourquoi|combien|quoi)",
        r"(?:as|es|sais|connais|veux|penses|dois|puis|est|a-t|y a-t)-(?:tu|je|il|elle)",
    ),
    tags=r"(?:non|n'est-ce pas|hein|pas vrai|d'accord ou non|tu te souviens|oui|si)",
    manners=(
        r"(?:s'il te pla[iî]t|s'il vous pla[iî]t|stp|svp|merci(?: beaucoup| bien| d'avance)?|[:;]-?\)|[🙏🙂😊👍]"
        r"|(?<=, )(?:d'accord|ok|okay))"
    ),
    forget=(
        rf"{FORGET} qu(?:e |')(?P<query>(?:(?:je|nous|on|{MINE})\b|j').+)",
        rf"{FORGET} (?:tout )?{SAID} {ABOUT} (?P<query>(?!(?:moi|ça|cela)\b)[^,:;]+)",
        rf"{DELETE} (?:tout )?{SAID} {ABOUT} (?P<query>{REMEMBERED_ONLY}{MINE} [^,:;]+)",
        rf"{DELETE} (?:tout )?ce que {YOU_KNOW} {ABOUT} (?P<query>{MINE} [^,:;]+)",
        rf"{DELETE} (?P<query>{MINE} [^,:;]+?) de (?:ta|votre) mémoire$",
        rf"{DELETE} tout (?:sur|à propos de|a propos de|concernant|au sujet de)"
        rf" (?P<query>{REMEMBERED_ONLY}{MINE} [^,:;]+)",
        rf"{DELETE} (?:(?:le|la|les|ce|tous|tes|mes) )*+{MEMORY} {ABOUT}\s?(?P<query>(?!(?:moi|ça|cela)\b)[^,:;]+)",
        rf"{FORGET} (?P<query>{MINE} [^,:;]+)",
        rf"{FORGET} (?P<query>{ASKED})(?=[\s,.!]*$)",
    ),
    not_forgettable=any_of(
        rf"{MINE} (?:(?:dernier|dernière|premier|première|précédent|précédente)s? )?(?:question|message|demande|phrase"
        r"|réponse|remarque|exemple|commentaire|erreur|instruction|consigne|texte|code|brouillon|idée|proposition"
        r"|suggestion)s?(?: précédente?s?| ci-dessus)?$",
        rf"{MINE} (?:soucis?|problèmes?|peines?|chagrins?)$",
        r".*\b(?:pour (?:l'instant|le moment)|un (?:instant|moment))\b",
        r"(?:j'ai|je t'ai|je vous ai) (?:dit|demandé|écrit) (?:ça|cela)|j'ai (?:dit|demandé)$",
        r"(?:nous (?:en )?avons|on (?:en )?a) (?:parlé|discuté)(?: de (?:ça|cela))?$",
        r"(?:j'étais|nous étions) (?:là|ici|impolie?s?|méchante?s?|fâchée?s?|en colère|confuse?)$",
    ),
    excepting=r"(?:sauf|excepté|hormis|à part|mais (?:pas|garde))",
    forget_everything=(
        rf"{DELETE} (?:absolument )?tout ce que {YOU_KNOW} {ABOUT_ME}$",
        rf"{DELETE} tout {ABOUT_ME}$",
        rf"{DELETE} tout {SAID} {ABOUT_ME}$",
        rf"{DELETE} (?:tous )?mes souvenirs$",
        rf"{DELETE} tous (?:tes|les) souvenirs(?: {ABOUT_ME})?$",
    ),
    list_all=(
        rf"que (?:sais[- ]tu|savez[- ]vous)(?: déjà)? {ABOUT_ME}$",
        rf"qu'est-ce que (?:tu sais|vous savez)(?: déjà)? {ABOUT_ME}$",
        rf"(?:tu sais|vous savez) quoi {ABOUT_ME}$",
        rf"qu'(?:as-tu|avez-vous) (?:retenu|mémorisé|appris) {ABOUT_ME}$",
        rf"qu'est-ce que (?:tu as|vous avez) (?:retenu|mémorisé|appris) {ABOUT_ME}$",
        rf"de quoi (?:te souviens-tu|vous souvenez-vous|tu te souviens)(?: {ABOUT_ME})?$",
        rf"(?:(?:montre|dis|montrez|dites|donne)(?:[- ]moi)?|me (?:dire|montrer)) (?:tout )?ce que {YOU_KNOW}"
        rf" {ABOUT_ME}$",
        r"(?:montre|liste|affiche|montrez|listez|affichez)(?:-moi)? (?:tous )?(?:mes|tes|les) souvenirs(?:"
        rf" {ABOUT_ME})?$",
        rf"(?:sais-tu|savez-vous) quelque chose {ABOUT_ME}$",
    ),
    reporting=any_of(
        r"(?:dit|dire|disait|disent|demande|demandé|demandait|crie|murmure|chante|répond|écris|écrit|écrire)",
        r"(?:chanson|paroles|poème|citation|phrase|tradui\w*|si(?! (?:tu peux|vous pouvez|possible))|quand|imagine"
        r"|suppose)",
    ),
    inventing=(
        r"(?:imagine|imaginons|imaginez|supposons|suppose que|jeu de rôle|fais comme si|dans (?:cette|mon"
        r"|l')\s?histoire)\b"
    ),
    working_on=any_of(
        r"(?:tradui|corrige|résume|reformul|réécri|relis|améliore|analyse)\w*",
        r"(?:que veut dire|que signifie|comment dit-on|écris (?:un|une)|voici|lettre de|paroles de)\b",
    ),
    salutation=r"(?:cher|chère|chers|chères) [\w.' -]{2,40}(?:[,:]|$)|objet ?:\s",
    sign_off=r"(?:cordialement|bien à (?:vous|toi)|amicalement|bises|bisous|sincèrement|salutations)",
    points_forward=r"\bsuivante?s?\b|\bci-dessous\b|\b(?:ce|cette|cet) (?:phrase|texte|lettre|e-?mail|message)\b",
    points_back=(
        r"\b(?:tradui[st]|corrige|résume|reformule|améliore)(?:-l[ea]| ça| cela| ceci| cette phrase| ce texte)\b"
        r"|\bci-dessus\b"
        r"|\bcomment (?:dit-on|on dit) (?:ça|cela)\b"
    ),
)
