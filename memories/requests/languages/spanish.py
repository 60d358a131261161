"""Spanish, with the familiar, the polite and the River Plate imperative."""

from memories.requests.languages.base import Language, any_of

MINE = r"(?:mi|mis|nuestr[oa]s?)"
ABOUT = r"(?:sobre|de|acerca de|con respecto a)"
ABOUT_ME = rf"{ABOUT} m[ií]"
FORGET = (
    r"(?:olvida|olvide|olvidá|olvidar|olvídate|olvidate|olvídese|olvides|que olvides)(?: (?:por favor|ya))?(?: de)?"
)
DELETE = (
    r"(?:borra|borre|borrá|borres|elimina|elimine|eliminá|elimines|borrar|eliminar|olvida|olvide|olvidá|olvides"
    r"|olvidar)"
)
# What may be erased is not what stands in a text at hand, nor what another order about that text follows.
REMEMBERED_ONLY = r"(?!.*\b(?:del|de (?:la|los|las|est[ea]|mi|mis)|en|y|pero|salvo|excepto)\b)"
MEMORY = r"(?:recuerdos?|memorias?)"
YOU_KNOW = r"(?:sabes|sabe|sabés|recuerdas|recuerda|recordás|has guardado|has memorizado)(?: usted)?"
SAID = r"lo que (?:yo )?(?:te |le )?(?:dije|he dicho|conté|he contado|mencioné|escribí)"
# What is known of somebody, asked for instead of said, and nothing behind it: "dónde vivo".
ASKED = any_of(
    r"d[óo]nde (?:vivo|vivimos|nací|crecí)|c[óo]mo me llamo|cu[áa]nto (?:gano|mido)|cu[áa]ndo nací",
    rf"d[óo]nde (?:vive|trabaja)n? {MINE} [^,:;]+|c[óo]mo se llaman? {MINE} [^,:;]+",
)

SPANISH = Language(
    name="Spanish",
    stems=(
        *("recuerd", "recuérd", "recorda", "recordá", "acuérd", "acuerd", "acord", "memori", "memorí"),
        *("guarda", "guárd", "en cuenta", "presente", "anota", "anót", "apunta", "apúnt", "olvid", "olvíd", "borr"),
        *("elimin", "toma nota", "tome nota"),
        *("de mí", "de mi", "sobre mí", "sobre mi"),
    ),
    openers=any_of(
        r"(?:hola|buenas|buenos días|buenas (?:tardes|noches)|hey)(?: \w{2,20}(?=[,!]))?",
        r"(?:por favor|y|también|además|entonces|ahora|pues|bueno|ok|oye|oiga|mira|ah|luego|después|por cierto|otra"
        r" cosa)",
        r"(?:gracias|muchas gracias|sí|si|no|perfecto|vale|genial)(?=\s*[,!.:;–—-])",
        r"(?:a partir de ahora|de ahora en adelante|en el futuro|para (?:la próxima|el futuro|más tarde))",
        r"si (?:puedes|es posible)",
    ),
    binding=any_of(
        r"(?:quiero|quisiera|necesito|me gustaría) que(?: (?:te|se))?",
        r"(?:debes|tienes que|deberías|puede|puedes)(?=\s)(?! (?:qu[eé]|cu[aá]ndo))",
        r"(?:haz(?:me)? el favor de|intenta|trata de|asegúrate de)",
    ),
    dependent=any_of(
        "olvidar|olvides|borrar|borres|eliminar|recordar|recordarme|recuerdes|acordarte|acordarse|te acuerdes|acuerdes",
        "memorizar|memorices|guardar|guardes|tener|tengas|anotar|apuntar",
    ),
    asking=r"(?:me )?(?:puedes|podrías|podés|puede|podría|podrias)(?: (?:usted|por favor|también))*+",
    remember=any_of(
        r"(?:recuérd[ae]|recuerd[ae]|memoríz[ae]|memoriz[ae]|guárd[ae]|anót[ae]|apúnt[ae])lo",
        r"(?:recuerda|recuerde|recordá|recordar|recuerdes|recordarme)(?: siempre| bien)?",
        r"(?:acuérdate|acuerdate|acordate|acuérdese|acordarte|acuerdes|acordarse)(?: siempre)?",
        r"(?:memoriza|memorice|memorizá|memorizar|memorices)",
        r"(?:guarda|guarde|guardá|guardar|guardes)(?: (?:en (?:tu|la|su) memoria))?(?= que|\s*:| en | est[oe]\s*:)",
    ),
    note=any_of(
        r"(?:no|nunca) lo (?:olvides|olvide|olvidés|olvidar)|(?:tenlo|téngalo|tenelo) (?:siempre )?(?:en cuenta"
        r"|presente)",
        r"(?:no|nunca) (?:te |se )?(?:olvides|olvide|olvidés|olvidar)",
        r"(?:ten|tenga|tené|tener|tengas) (?:siempre )?(?:en cuenta|presente|en mente)",
        r"(?:anota|anote|anotá|anotar|apunta|apunte|apuntá|apuntar|toma nota|tome nota)(?: de)?",
    ),
    asides=r"(?:por favor|siempre|bien|para (?:la próxima|el futuro|más tarde|siempre)|también|de)",
    that=r"(?:de )?que\b\s*",
    and_that=r"y (?:también )?que\s+",
    this=any_of(
        r"(?:de )?(?:esto|eso|lo siguiente|lo|todo esto|todo eso)",
        r"(?:estas|las siguientes|estos|los siguientes) (?:cosas|datos|puntos)(?: sobre m[ií])?",
    ),
    subject=any_of(
        r"(?:yo|nosotr[oa]s|me|nos)",
        r"(?:no |ya |solo |sólo |también )?(?:soy|estoy|tengo|vivo|trabajo|estudio|hablo|como|prefiero|odio|uso|nací"
        r"|bebo|juego|vengo)",
        r"(?:no |ya |solo |sólo |también )?(?:somos|tenemos|vivimos|quiero|necesito|puedo|puede|cumplo|sufro"
        r"|conduzco|peso|mido|voy)"
        r"(?<!puede)",
        r"a mí|a nosotros",
    ),
    possessive=MINE,
    person=any_of(
        r"(?:yo|me|mí|mi|mis|conmigo|nos|nosotr[oa]s|nuestr[oa]s?)",
        r"(?:soy|estoy|tengo|vivo|trabajo|estudio|hablo|prefiero|odio|uso|nací|bebo|juego|vengo|somos|tenemos"
        r"|vivimos|necesito|puedo|cumplo)",
    ),
    verbs=any_of(
        r"(?:es|son|está|están|se llama|se llaman|vive|viven|trabaja|tiene|tienen|era|fue|estudia|prefiere|habla"
        r"|cumple|nació|come)",
        r"(?:gusta|gustan|odia|ama|va|viene|será|empieza|termina|juega|cae|usa|puede)",
    ),
    dated=any_of(
        r"(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo|hoy|mañana)\b",
        r"(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)\b",
    ),
    not_statement=any_of(
        r"(?:cuando|cuándo|donde|dónde|qui[eé]n|qu[eé]|c[oó]mo|por qu[eé]|cu[aá]l(?:es)?|si|porque|aquel|aquella|la"
        r" vez|el día|lo que)",
        r"(?:tú|tu|tus|te|ti|usted|ustedes|vos|él|ella|ellos|ellas|su|sus|le|les|eso|esto|ese|esa|aquello)",
        r"(?:eres|debes|tienes|puedes|hay|es(?! mi\b)|siempre|nunca|sé|sea|responde|escribe|usa|haz|no (?:me"
        r" )?(?:uses|digas|hagas))",
        r"(?:todo|nada|mí|de)",
        r"(?:ser|hacer|llamar|comprar|tomar|\w{2,20}(?:ar|er|ir)me)",
    ),
    unfinished=r"(?:un|una|el|la|los|las|de|del|y|o|pero|en|a|con|para|por|es|son|soy|mi|mis|que|llamo|llama)",
    retold=(
        r"(?:yo )?(?:ya )?(?:te|le|os) (?:lo )?(?:dije|he dicho|conté|he contado|pedí|mencioné|hablé|pregunté|había"
        r" dicho)\b"
        r"|(?:dije|pregunté|hablamos|mencioné)\b"
    ),
    at_hand=any_of(
        r"en est[ea] (?:juego|historia|escena|novela|código|ejemplo|ejercicio|tarea|pregunta|texto|caso|chat"
        r"|conversación)\b",
        r"(?:quiero|necesito|quisiera) (?:esto|eso|(?:la|el) (?:respuesta|resultado|texto|código|resumen"
        r"|traducción))\b",
    ),
    passing=r"(?:tengo prisa|arriba|abajo|adjunt\w+|en este (?:caso|código|ejemplo)|anterior)\b|^ya he\b",
    joiners=r"(?:y|pero|entonces|así que)",
    fillers=r"(?:luego|ahora|también)",
    orders=any_of(
        r"(?:me )?(?:puedes|podrías|podés)|por favor|gracias",
        r"(?:dime|dame|muéstrame|ayúdame|explícame|recomiéndame|cuéntame|sugiéreme|escríbeme|dígame|deme|recomienda"
        r"|sugiere|hazme)",
    ),
    verbs_of_orders=r"(?:escribe|responde|traduce|busca|encuentra|explica|propón|olvida|recuerda)",
    questions=r"¿|(?:qué|cuál(?:es)?|quién|dónde|cuándo|cómo|por qué|cuánt[oa]s?|sabes|conoces|hay)",
    tags=r"(?:verdad|no|cierto|recuerdas|te acuerdas|sí|eh)",
    manners=r"(?:por favor|porfa|gracias|muchas gracias|[:;]-?\)|[🙏🙂😊👍]|(?<=, )(?:vale|de acuerdo|ok|okay))",
    forget=(
        rf"{FORGET} que (?P<query>(?:yo|me|no|{MINE}|soy|estoy|tengo|vivo|trabajo|estudio|hablo|prefiero|uso|nací"
        r"|odio|era|fui|estuve|estaba|tenía|tuve|vivía|viví|trabajaba|trabajé|estudié|somos|fuimos|éramos|estamos"
        r"|estuvimos|estábamos)\b.+)",
        rf"{FORGET} (?:todo )?{SAID} {ABOUT} (?P<query>(?!(?:m[ií]|eso|esto)$)[^,:;]+)",
        rf"{DELETE} (?:todo )?{SAID} {ABOUT} (?P<query>{REMEMBERED_ONLY}{MINE} [^,:;]+)",
        rf"{DELETE} (?:todo )?lo que {YOU_KNOW} {ABOUT} (?P<query>(?:mi \w|mis |nuestr)[^,:;]*)",
        rf"{DELETE} (?P<query>{MINE} [^,:;]+?) de (?:tu|su) memoria$",
        rf"{DELETE} todo (?:sobre|acerca de|con respecto a) (?P<query>{REMEMBERED_ONLY}{MINE} [^,:;]+)",
        rf"{DELETE} (?:(?:el|la|los|las|ese|tu|tus|todos|todas) )*+{MEMORY} (?:{ABOUT}|con) (?P<query>(?!(?:m[ií]"
        r"|eso|esto)$)[^,:;]+)",
        rf"{FORGET} (?P<query>{MINE} [^,:;]+)",
        rf"{FORGET} (?P<query>{ASKED})(?=[\s,.!]*$)",
    ),
    not_forgettable=(
        rf"{MINE} (?:últim[oa]s? |primer[oa]?s? |anterior(?:es)? )?(?:instrucci[oó]n(?:e)?|código|texto|borrador|idea"
        r"|propuesta|sugerencia|pregunta|mensaje|petición|frase|respuesta|comentario|ejemplo"
        r"|error|preocupaci[oó]n(?:e)?|problema|pena)s?(?: anterior(?:es)?)?$"
        r"|(?:estuve|estaba|estuvimos|estábamos) (?:aquí|ahí|enfadad[oa]s?|enojad[oa]s?)$"
        r"|fui (?:groser[oa]|mal[oa]|maleducad[oa])(?: contigo)?$"
        r"|.*\b(?:por (?:ahora|el momento)|un momento)\b"
    ),
    excepting=r"(?:salvo|excepto|menos|aparte de|pero no)",
    forget_everything=(
        rf"{DELETE} (?:absolutamente )?todo (?:lo que )?(?:{YOU_KNOW} )?{ABOUT_ME}$",
        rf"{DELETE} todo {SAID} {ABOUT_ME}$",
        rf"{DELETE} (?:todos )?mis recuerdos$",
        rf"{DELETE} (?:todos )?(?:los|tus) recuerdos(?: {ABOUT_ME})?$",
        rf"{DELETE} todas (?:mis|las|tus) memorias(?: {ABOUT_ME})?$",
    ),
    list_all=(
        rf"qu[eé] (?:más )?{YOU_KNOW} {ABOUT_ME}$",
        rf"qu[eé] (?:cosas )?(?:has (?:guardado|memorizado|aprendido)|tienes guardado|te acuerdas) {ABOUT_ME}$",
        r"(?:muéstrame|dime|enséñame|muestra|dame|muestrame|mostrame|decime|dígame|muéstreme|decirme|mostrarme|decir"
        r"|mostrar)"
        r" (?:(?:todo )?lo que|qu[eé])"
        rf" {YOU_KNOW} {ABOUT_ME}$",
        r"(?:lista|muestra|muéstrame|enumera|enséñame|muestrame) (?:todos )?(?:mis|tus|los) (?:recuerdos"
        rf"|memorias)(?: {ABOUT_ME})?$",
        rf"(?:sabes|sabe) algo {ABOUT_ME}$",
    ),
    reporting=any_of(
        r"(?:dice|dijo|dicen|decía|decir|pide|pidió|pregunta|preguntó|grita|canta|responde|escribe|escribió|escribir)",
        r"(?:canción|letra|poema|cita|frase|traduc\w*|si(?! (?:puedes|es posible))|cuando|imagina|supón)",
    ),
    inventing=(
        r"(?:imagina|imagine|imaginemos|supongamos|supón|juego de rol|finge|haz como si|en (?:esta|mi) historia)\b"
    ),
    working_on=any_of(
        r"(?:traduc|traduz|corrige|corrija|resum|reescrib|reformul|mejora|analiza)\w*",
        r"(?:qué significa|qué quiere decir|cómo se dice|escribe (?:un|una)|aquí está|carta de|letra de)\b",
    ),
    salutation=r"(?:querid[oa]s?|estimad[oa]s?) [\w.' -]{2,40}(?:[,:]|$)|asunto:\s",
    sign_off=r"(?:saludos|un saludo|atentamente|un abrazo|abrazos|besos|cordialmente)",
    points_forward=r"\bsiguientes?\b|\babajo\b|\b(?:esta|este) (?:frase|texto|carta|correo|mensaje)\b",
    points_back=(
        r"\b(?:traduce|traduzca|corrige|resume|mejora)(?:lo|la)?(?: (?:esto|eso|la frase|el texto)| al \w+)?$|\bde"
        r" arriba\b"
        r"|\bcómo se dice (?:esto|eso)\b"
    ),
)
