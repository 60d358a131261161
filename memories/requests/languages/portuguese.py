"""Portuguese, Brazilian and European."""

from memories.requests.languages.base import Language, any_of

MINE = r"(?:meus?|minhas?|noss[oa]s?)"
THE = r"(?:(?:o|a|os|as) )?"
ABOUT = r"(?:sobre|de|do|da|dos|das|a respeito de|acerca de|com)"
ABOUT_ME = r"(?:(?:sobre|de|a respeito de|acerca de) mim|a meu respeito)"
FORGET = (
    r"(?:esqueça|esqueca|esquece|esquecer|esqueças|esqueça-se|esquece-te)(?: (?:por favor|já|logo))?(?: d[eo]s?(?="
    r" (?:que|tudo|meu|minha)))?"
)
DELETE = (
    r"(?:apague|apaga|apagar|apagues|delete|deletar|remova|remove|remover|exclua|exclui|excluir|elimine|elimina|eliminar"
    r"|esqueça|esqueca|esquece|esquecer)"
)
# What may be erased is not what stands in a text at hand, nor what another order about that text follows.
REMEMBERED_ONLY = r"(?!.*\b(?:d[ao]s?|dest[ea]|n[ao]s?|em|e|mas|exceto|menos)\b)"
MEMORY = r"(?:memórias?|memorias?|lembranças?|recordaç(?:ão|ões))"
YOU_KNOW = r"(?:(?:você|vc|tu|o senhor|a senhora) )?(?:sabe|sabes|lembra|lembras|guardou|aprendeu|memorizou)"
SAID = r"o que (?:eu )?(?:te |lhe )?(?:disse|falei|contei|mencionei|escrevi)(?: a você| para você)?"
# What is known of somebody, asked for instead of said, and nothing behind it: "onde moro".
ASKED = any_of(
    r"onde (?:eu |nós )?(?:moro|moramos|vivo|vivemos|nasci|cresci)|como (?:eu )?me chamo",
    r"quanto (?:eu )?(?:ganho|meço)|quando (?:eu )?nasci",
    rf"onde (?:mora|vive|trabalha)m? {THE}{MINE} [^,:;]+|onde {THE}{MINE} [^,:;]+ (?:mora|vive|trabalha)m?",
    rf"como se chamam? {THE}{MINE} [^,:;]+",
)

PORTUGUESE = Language(
    name="Portuguese",
    stems=(
        *("lembr", "memori", "memóri", "guard", "anot", "e nota", "grave", "presente", "em mente", "esque", "em conta"),
        *("mim", "meu respeito"),
        *("apag", "delet", "exclu", "elimin", "record", "remova ", "remove tudo", "remove o que", "remover tudo"),
    ),
    openers=any_of(
        r"(?:olá|ola|oi|bom dia|boa (?:tarde|noite)|ei)(?: \w{2,20}(?=[,!]))?",
        r"(?:por favor|por gentileza|e|também|além disso|então|agora|bem|bom|ok|ah|depois|aliás|a propósito|outra"
        r" coisa|só)",
        r"(?:obrigad[oa]|muito obrigad[oa]|sim|não|perfeito|certo|ótimo)(?=\s*[,!.:;–—-])",
        r"(?:a partir de agora|de agora em diante|no futuro|para (?:a próxima|o futuro|mais tarde))",
        r"se (?:puder|puderes|possível|for possível)",
    ),
    binding=any_of(
        r"(?:eu )?(?:quero|queria|gostaria|preciso) que (?:você|vc|tu|o senhor)(?: (?:se|te))?",
        r"(?:você (?:deve|precisa|tem que)|tens de|deves)(?: se)?",
        r"(?:tente|tenta|procure)(?: se)?",
    ),
    dependent=any_of(
        "esquecer|esqueças|apagar|apagues|deletar|lembrar|lembrar-se|lembrar-te|lembres|se lembrar|te lembrares",
        "memorizar|guardar|ter|tenhas|anotar",
    ),
    asking=r"(?:você |vc |tu )?(?:pode|poderia|podes|podias|poderias|consegue)(?: (?:você|por favor|também|se))*+",
    remember=any_of(
        r"(?:lembre-se|lembra-te|lembre|lembra|lembrar-se|lembrar-te|lembrar|lembres|lembre-te|se lembre|te lembra"
        r"|se lembrar|se lembra)"
        r"(?: sempre| bem)?(?! você)",
        r"(?:memorize|memoriza|memorizar|grave|recorde|recorda)(?= que|\s*:|\s*,| isto| isso)",
        r"(?:guarde|guarda|guardar)(?: (?:na (?:sua |tua )?memória))?(?= que|\s*:| isto:| isso:| na )",
    ),
    note=any_of(
        r"(?:n[ãa]o|nunca) (?:se |te )?(?:esqueça|esqueças|esquece|esqueca)(?:-se|-te)?",
        r"(?:tenha|tem|ter|tenhas) (?:sempre )?(?:em mente|em conta|presente)",
        r"(?:anote|anota|anotar|leve em conta|leva em conta|tome nota|toma nota)",
    ),
    asides=(
        r"(?:por favor|sempre|bem|para (?:a próxima|o futuro|mais tarde|mim)|também|de(?= (?:que|isto|isso))"
        r"|disso(?=\s*:))"
    ),
    that=r"(?:de )?que\b\s*",
    and_that=r"e (?:também )?que\s+",
    this=any_of(
        r"(?:disto|disso|isto|isso|o seguinte|do seguinte|tudo isso|tudo isto|de (?:isto|isso))",
        r"(?:estas|destas|essas|dessas|as seguintes) (?:coisas|informações)(?: sobre mim)?",
    ),
    subject=any_of(
        r"(?:eu|nós|a gente|me|chamo-me)",
        r"(?:não |já |só |também )?(?:sou|estou|tenho|moro|vivo|trabalho|estudo|falo|gosto|prefiro|odeio|uso|nasci"
        r"|como|bebo|jogo|venho)",
        r"(?:não |já |só |também )?(?:somos|temos|moramos|quero|preciso|posso|faço|adoro|amo|detesto|sofro|peso|meço"
        r"|vou)",
    ),
    possessive=THE + MINE,
    person=any_of(
        r"(?:eu|me|mim|meu|minha|meus|minhas|comigo|nós|noss[oa]s?|a gente)",
        r"(?:sou|estou|tenho|moro|vivo|trabalho|estudo|falo|gosto|prefiro|odeio|nasci|bebo|jogo|venho|somos|temos"
        r"|moramos|preciso|faço)",
    ),
    verbs=any_of(
        r"(?:é|são|está|estão|se chama|chama-se|se chamam|mora|moram|vive|trabalha|tem|têm|era|foi|estuda|prefere"
        r"|fala|faz|nasceu)",
        r"(?:gosta|odeia|ama|vai|vem|será|começa|termina|joga|cai|usa|pode|come)",
    ),
    dated=any_of(
        r"(?:segunda|terça|quarta|quinta|sexta|sábado|domingo|hoje|amanhã)\b",
        r"(?:janeiro|fevereiro|março|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro)\b",
    ),
    not_statement=any_of(
        r"(?:quando|onde|quem|qu[eê]|como|por qu[eê]|qual|quais|se|porque|aquel[ea]|daquel[ea]|da vez|do dia|o dia|o"
        r" que|a vez)",
        r"(?:tu|teus?|tuas?|te|ti|você|vc|vocês|seus?|suas?|ele|ela|eles|elas|lhe|isso|isto|esse|essa|aquilo)",
        r"(?:deve|tem(?! \d)|pode|há|é(?! (?:o )?meu\b| (?:a )?minha\b)|sempre|nunca|seja|sê|responda|responde"
        r"|escreva|escreve|use|faça)",
        r"(?:tudo|nada|mim|de|do|da|dos|das)",
        r"(?:ser|fazer|comprar|tomar|\w{2,20}(?:ar|er|ir)(?: me|-me))",
    ),
    unfinished=r"(?:um|uma|o|a|os|as|de|do|da|e|ou|mas|em|no|na|com|para|por|é|são|sou|meu|minha|que|chamo|chama)",
    retold=r"(?:eu )?(?:já )?(?:te |lhe )?(?:disse|falei|contei|pedi|mencionei|perguntei|tinha dito|conversei)\b"
    r"|(?:eu )?(?:te amo|te adoro|amo você|adoro você)$",
    at_hand=any_of(
        r"n(?:este|esta|esse|essa) (?:jogo|história|cena|romance|código|exemplo|exercício|tarefa|pergunta|texto|caso"
        r"|chat|conversa)\b",
        r"(?:quero|preciso) (?:d?isso|d?isto|d?[ao] (?:resposta|resultado|texto|código|resumo|tradução))\b",
    ),
    passing=r"(?:tenho pressa|estou com pressa|acima|abaixo|em anexo|neste (?:caso|código|exemplo)|anterior)\b",
    joiners=r"(?:e|mas|então)",
    fillers=r"(?:depois|agora|também)",
    orders=any_of(
        r"(?:você )?(?:pode|poderia|podes|podias)(?: me)?(?= \w+r\b)|por favor|obrigad[oa]",
        r"(?:me )?(?:diga|dê|mostre|ajude|explique|recomende|conte|sugira|escreva|fale)(?:-me)?",
        r"(?:diz|dá|mostra|ajuda|explica|recomenda|conta|sugere|escreve)-me",
    ),
    verbs_of_orders=r"(?:escreva|escreve|responda|responde|traduza|traduz|procure|encontre|explica|esqueça|lembre)",
    questions=(
        r"(?:o que|que|qual|quais|quem|onde|quando|como|por que|porque|quant[oa]s?|você (?:sabe|conhece)|sabes"
        r"|conheces|há)"
    ),
    tags=r"(?:né|não é|certo|lembra|lembras|verdade|não|sim|viu)",
    manners=(
        r"(?:por favor|por gentileza|obrigad[oa]|muito obrigad[oa]|[:;]-?\)|[🙏🙂😊👍]"
        r"|(?<=, )(?:tá bom|tá|está bem|ok|okay))"
    ),
    forget=(
        rf"{FORGET}(?: de)? que (?P<query>(?:eu|me|não|{THE}{MINE}|sou|estou|tenho|moro|vivo|trabalho|estudo|falo"
        r"|gosto|prefiro|nasci|era|fui|estive|estava|tinha|tive|morava|morei|trabalhei|trabalhava|estudei|somos|fomos"
        r"|éramos|estamos)\b.+)",
        rf"{FORGET} (?:tudo )?{SAID} {ABOUT} (?P<query>(?!(?:mim|isso|isto)$)[^,:;]+)",
        rf"{DELETE} (?:tudo )?{SAID} {ABOUT} {THE}(?P<query>{REMEMBERED_ONLY}{MINE} [^,:;]+)",
        rf"{DELETE} (?:tudo )?o que {YOU_KNOW} {ABOUT} {THE}(?P<query>{MINE} [^,:;]+)",
        rf"{DELETE} {THE}(?P<query>{MINE} [^,:;]+?) da (?:sua|tua) (?:memória|memoria)$",
        rf"{DELETE} tudo (?:sobre|a respeito d[aeo]s?|acerca d[aeo]s?) {THE}(?P<query>{REMEMBERED_ONLY}{MINE} [^,:;]+)",
        rf"{DELETE} (?:(?:a|as|o|os|essa|esta|sua|tua|todas|minha) )*+{MEMORY} {ABOUT} (?P<query>(?!(?:mim|isso"
        r"|isto)$)[^,:;]+)",
        rf"{FORGET} {THE}(?P<query>{MINE} [^,:;]+)",
        rf"{FORGET} (?P<query>{ASKED})(?=[\s,.!]*$)",
    ),
    not_forgettable=(
        rf"{MINE} (?:últim[oa]s? |primeir[oa]s? )?(?:instruç(?:ão|õe)|código|texto|rascunho|ideia|proposta"
        r"|sugest(?:ão|õe)|mensagen|pergunta|mensagem|pedido|frase|resposta|comentário|exemplo|erro"
        r"|preocupaç(?:ão|õe)|problema|mágoa)s?(?: anterior(?:es)?)?$"
        r"|(?:eu )?(?:disse|perguntei|falei|pedi|mencionei)(?: (?:isso|isto))?$"
        r"|(?:eu )?(?:estive|estava|estivemos) (?:aqui|aí|zangad[oa]|bravo|brava)$|(?:eu )?fui (?:gross[oa]|rude)$"
        r"|.*\b(?:por (?:enquanto|agora)|um momento)\b"
    ),
    excepting=r"(?:exceto|menos|salvo|fora|além d[aeo]s?|mas não)",
    forget_everything=(
        rf"{DELETE} (?:absolutamente )?tudo (?:o )?(?:que )?(?:{YOU_KNOW} )?{ABOUT_ME}$",
        rf"{DELETE} tudo {SAID} {ABOUT_ME}$",
        rf"{DELETE} (?:todas )?(?:as )?minhas (?:memórias|memorias|lembranças)$",
        rf"{DELETE} todas as (?:suas |tuas )?(?:memórias|memorias|lembranças)(?: {ABOUT_ME})?$",
    ),
    list_all=(
        rf"(?:o )?que (?:é que )?{YOU_KNOW} {ABOUT_ME}$",
        rf"(?:o )?que (?:é que )?(?:você |tu )?(?:se lembra|te lembras|tem guardado) {ABOUT_ME}$",
        rf"do que (?:é que )?(?:você |tu )?(?:se lembra|te lembras)(?: {ABOUT_ME})?$",
        rf"(?:me )?(?:mostre|mostra|diga|diz|dizer|mostrar)(?:-me)? (?:tudo (?:o )?|o )que {YOU_KNOW} {ABOUT_ME}$",
        rf"(?:me )?(?:mostre|mostra|liste|lista|mostre-me)(?:-me)? (?:todas )?(?:as )?(?:minhas|suas|tuas) "
        rf"(?:memórias|memorias|lembranças)(?: {ABOUT_ME})?$",
        rf"(?:você )?(?:sabe|sabes) (?:algo|alguma coisa) {ABOUT_ME}$",
    ),
    reporting=any_of(
        r"(?:diz|disse|dizem|dizia|dizer|pede|pediu|pergunta|perguntou|grita|canta|responde|escreva|escreve|escreveu"
        r"|escrever)",
        # The condition stands first; in the middle, and in other languages, "se" makes verbs reflexive.
        r"(?:canção|música|letra|poema|citação|frase|traduz\w*|quando|imagine"
        r"|(?:(?<!\w )|(?<=\be )|(?<=\bmas )|(?<=\bsó ))se"
        r"(?! (?:puder|puderes|possível|for|(?:me|te|le|nos) (?:olvid|d[aie]|hac|romp|pierd|acab)))"
        r"|imagina|suponha)",
    ),
    inventing=(
        r"(?:imagine|imagina|imaginemos|suponha|suponhamos|finja|faz de conta|nesta história|na minha história)\b"
    ),
    working_on=any_of(
        r"(?:traduz|corrij|corrig|resum|reescrev|reformul|melhor[ea]|analis)\w*",
        r"(?:o que significa|o que quer dizer|como se diz|escreva (?:um|uma)|aqui está|carta de|letra de)\b",
    ),
    salutation=r"(?:querid[oa]s?|prezad[oa]s?|car[oa]s?|estimad[oa]s?) [\w.' -]{2,40}(?:[,:]|$)|assunto:\s",
    sign_off=r"(?:atenciosamente|abraços|um abraço|cumprimentos|beijos|cordialmente)",
    points_forward=r"\bseguintes?\b|\babaixo\b|\b(?:esta|este|essa|esse) (?:frase|texto|carta|mensagem)\b",
    points_back=r"\b(?:traduza|traduz|corrija|corrige|resuma|melhore) (?:isto|isso|a frase|o texto)\b|\bacima\b"
    r"|\bcomo se diz (?:isto|isso)\b",
)
