"""How people state what has one value at a time, by language: data, and nothing that runs.

Each form is a slot and a regular expression for a whole statement, without regard to case, with a group `value`;
`thing` and `kind` become part of the slot. `~` stands for "now" and its like.
"""

_NOW_ENGLISH = "(?: (?:now|currently|just|recently|still|both|actually|finally))?"

ENGLISH = (
    ("name", "(?:my (?:full )?name(?: is|'s)|I(?:'m| am)~ (?:called|named))~ (?P<value>.+)"),
    ("{kind} name", "my (?P<kind>first|last|middle|family|maiden|given) name(?: is|'s) (?P<value>.+)"),
    ("last name", "my surname(?: is|'s) (?P<value>.+)"),
    ("nickname", "(?:(?:please|just|everyone can|you can|everybody can),? )?(?:always )?call me (?P<value>.+)"),
    (
        "nickname",
        "(?:my nickname(?: is|'s)|I go by|I prefer to be called|I(?:'d| would) like to be called) (?P<value>.+)",
    ),
    ("pronouns", "my pronouns are (?P<value>.+)"),
    ("home", "(?:I|we)(?:'m|'re| am| are)?~ (?:live|living|reside|based) in (?P<value>.+)"),
    ("home", "(?:I|we)(?:'ve| have)?~ (?:moved|relocated)(?: back)?(?: from [^,]{2,30})? to (?P<value>.+)"),
    ("home", "my (?:current )?(?:home|place of residence|residence|home city) is (?:now )?(?:in )?(?P<value>.+)"),
    ("hometown", "my home ?town is (?P<value>.+)"),
    ("address", "(?:my (?:home |current |new )?address(?: is|'s)|I~ live at)~ (?P<value>.+)"),
    (
        "{kind} address",
        "my (?P<kind>work|office|delivery|shipping|billing|postal|mailing) address(?: is|'s)~ (?P<value>.+)",
    ),
    ("employer", "I(?:'m| am)?~ (?:work(?:ing)?|employed) (?:at|for|by) (?P<value>.+)"),
    (
        "employer",
        "(?:my (?:current |new )?employer is|I(?:'ve| have)?~ started (?:working |a new job )?at) (?P<value>.+)",
    ),
    ("job", "I(?:'m)?~ work(?:ing)? as (?P<value>(?:an?|the) .+)"),
    ("job", "my (?:current |new )?(?:job|profession|occupation) is (?P<value>an? .+)"),
    ("job", "my (?:current |new )?(?:job title|profession|occupation) is (?P<value>.+)"),
    ("age", r"(?:I(?:'m| am)~|my age is|I(?:'ve)?~ turned) (?P<value>\d{1,3})(?: years?(?: old)?| y/?o)?"),
    ("birthday", "(?:my (?:birthday|date of birth|birth date)(?: is|'s)|I was born) (?:on (?:the )?)?(?P<value>.+)"),
    ("phone", "my (?:tele)?phone(?: number)?(?: is|'s)~ (?P<value>.+)"),
    ("mobile", "my (?:mobile|cell)(?: ?phone)?(?: number)?(?: is|'s)~ (?P<value>.+)"),
    ("{kind} phone", "my (?P<kind>work|office|home) (?:tele)?(?:phone|number)(?: number)?(?: is|'s)~ (?P<value>.+)"),
    ("email", "my e-?mail(?: address)?(?: is|'s)~ (?P<value>.+)"),
    ("private email", "my (?:private|personal) e-?mail(?: address)?(?: is|'s)~ (?P<value>.+)"),
    ("work email", "my (?:work|office|business) e-?mail(?: address)?(?: is|'s)~ (?P<value>.+)"),
    ("time zone", "(?:my time ?zone(?: is|'s)|I(?:'m| am) in the)~ (?P<value>.+?)(?: time ?zone)?"),
    ("native language", "my (?:native language|mother tongue|first language|native tongue) is (?P<value>.+)"),
    (
        "marital status",
        "I(?:'m| am| got|'ve got)~(?: happily)? (?P<value>(?:married|engaged)(?: to .+)?|single|divorced|widowed"
        "|separated)(?: now)?",
    ),
    ("height", r"I(?:'m| am)~ (?P<value>\d.{0,12}) tall"),
    ("height", r"my height is (?P<value>\d.{0,12})"),
    ("weight", r"(?:I~ weigh|my weight is)~ (?P<value>\d.{0,12})"),
    (
        "favourite {thing}",
        r"my (?:all-time )?favou?rite (?P<thing>[\w'-]+(?: [\w'-]+)?) (?:is|of all time is)~ (?P<value>.+)",
    ),
    ("favourite {thing}", r"(?P<value>.+) is~ my (?:all-time )?favou?rite (?P<thing>[\w'-]+(?: [\w'-]+)?)"),
    (
        "{thing}'s name",
        "my (?P<thing>dog|cat|pet|parrot|horse|rabbit|hamster|tortoise|boat|car|wife|husband|partner|girlfriend"
        "|boyfriend|fiancée?|mother|mum|mom|father|dad|boss|manager|landlord|landlady|company|employer"
        "|team)(?:'s name(?: is|'s)| is (?:called|named)|'s (?:called|named)) (?P<value>.+)",
    ),
    (
        "{thing}'s name",
        "the name of my (?P<thing>dog|cat|pet|parrot|horse|rabbit|hamster|tortoise|boat|car|wife|husband|partner"
        "|girlfriend|boyfriend|fiancée?|mother|mum|mom|father|dad|boss|manager|landlord|landlady|company|employer"
        "|team) is (?P<value>.+)",
    ),
)
GERMAN = (
    ("name", "(?:ich~ heiße|ich heisse|mein (?:voller )?Name (?:ist|lautet)) (?P<value>.+)"),
    ("name", "ich (?P<value>.+) (?:heiße|heisse)"),
    ("name", "mein Name (?P<value>.+) ist"),
    ("last name", "mein (?:Nachname|Familienname) (?:ist|lautet) (?P<value>.+)"),
    ("first name", "mein Vorname (?:ist|lautet) (?P<value>.+)"),
    ("nickname", "nenn(?:e|t)? mich (?:bitte )?(?P<value>.+)"),
    ("nickname", "mein Spitzname ist (?P<value>.+)"),
    ("home", "(?:ich|wir) (?:wohnen?|leben?)~ in (?P<value>.+)"),
    ("home", "(?:ich|wir)~ in (?P<value>.+) (?:wohnen?|leben?)"),
    ("home", "(?:ich bin|wir sind)~(?: von [^,]{2,30})? nach (?P<value>.+) (?:um)?gezogen"),
    ("home", "mein Wohnort ist~ (?P<value>.+)"),
    ("address", "meine (?:neue )?Adresse (?:ist|lautet)~ (?P<value>.+)"),
    ("employer", "ich arbeite~ (?:bei(?: der)?|für(?: die)?) (?P<value>.+)"),
    ("employer", "ich~ bei(?: der)? (?P<value>.+) arbeite"),
    ("employer", "mein Arbeitgeber ist~ (?P<value>.+)"),
    ("job", "ich arbeite~ als (?P<value>.+)"),
    ("job", "ich~ als (?P<value>.+) arbeite"),
    ("job", "mein Beruf ist (?P<value>.+)"),
    ("job", "ich bin (?P<value>.+) von Beruf"),
    ("age", r"ich bin~ (?P<value>\d{1,3})(?: Jahre(?: alt)?)?"),
    ("age", r"ich (?P<value>\d{1,3}) Jahre alt bin"),
    ("birthday", "mein Geburtstag ist (?:am )?(?P<value>.+)"),
    ("birthday", "ich habe am (?P<value>.+) Geburtstag"),
    ("birthday", "ich (?:wurde|bin) am (?P<value>.+) geboren"),
    ("phone", "meine (?:Telefonnummer|Nummer) (?:ist|lautet)~ (?P<value>.+)"),
    ("mobile", "meine (?:Handynummer|Mobilnummer) (?:ist|lautet)~ (?P<value>.+)"),
    ("email", "meine (?:E-?Mail(?:-?Adresse)?|Mailadresse) (?:ist|lautet)~ (?P<value>.+)"),
    ("time zone", "meine Zeitzone ist~ (?P<value>.+)"),
    ("native language", "meine Muttersprache ist (?P<value>.+)"),
    (
        "marital status",
        "ich bin~ (?:glücklich )?(?P<value>verheiratet|ledig|single|geschieden|verwitwet|verlobt|getrennt)",
    ),
    ("favourite {thing}", r"meine? Lieblings-?(?P<thing>\w+) ist~ (?P<value>.+)"),
    (
        "{thing}'s name",
        "meine? (?P<thing>Hund|Katze|Kater|Pferd|Hamster|Frau|Mann|Freundin|Mutter|Vater|Chefin|Chef|Firma"
        "|Partnerin|Partner) heißt (?P<value>.+)",
    ),
)
FRENCH = (
    ("name", "(?:je m'appelle|mon nom(?: complet)? est|mon nom c'est)~ (?P<value>.+)"),
    ("first name", "mon prénom est (?P<value>.+)"),
    ("last name", "mon nom de famille est (?P<value>.+)"),
    ("nickname", "(?:appelle|appelez)-moi (?P<value>.+)"),
    ("nickname", "mon surnom est (?P<value>.+)"),
    ("home", "(?:j'habite|je vis|nous habitons|nous vivons|on habite)~ (?:à|en|au|aux) (?P<value>.+)"),
    ("home", "(?:j'ai|nous avons)~ (?:déménagé|emménagé)(?: de [^,]{2,30})? (?:à|en|au|aux) (?P<value>.+)"),
    ("address", "(?:mon|ma nouvelle|mon nouvelle) adresse est~ (?P<value>.+)"),
    ("address", r"j'habite au (?P<value>\d.+)"),
    ("employer", "je travaille~ (?:chez|pour) (?P<value>.+)"),
    ("employer", "mon employeur est (?P<value>.+)"),
    ("job", "je travaille~ comme (?P<value>.+)"),
    ("job", "mon métier est (?P<value>.+)"),
    ("job", "ma profession est (?P<value>.+)"),
    ("age", r"j'ai~ (?P<value>\d{1,3}) ans"),
    ("birthday", "mon anniversaire (?:est|c'est) (?:le )?(?P<value>.+)"),
    ("birthday", "je suis née? le (?P<value>.+)"),
    ("phone", "mon numéro(?: de téléphone)? est~ (?:le )?(?P<value>.+)"),
    ("phone", "mon téléphone est le (?P<value>.+)"),
    ("mobile", "mon (?:numéro de )?portable est~ (?:le )?(?P<value>.+)"),
    ("email", "mon (?:adresse )?(?:e-?mail|mail|courriel|adresse électronique) est~ (?P<value>.+)"),
    ("time zone", "mon fuseau horaire est~ (?P<value>.+)"),
    ("native language", "ma langue maternelle est (?P<value>.+)"),
    ("marital status", "je suis~ (?P<value>mariée?|célibataire|divorcée?|veuf|veuve|fiancée?|pacsée?|séparée?)"),
    ("favourite {thing}", r"m(?:on|a) (?P<thing>\w+) préférée? est~ (?P<value>.+)"),
    (
        "{thing}'s name",
        "m(?:on|a) (?P<thing>chien|chienne|chat|chatte|cheval|hamster|femme|mari|mère|père|chef|patron|patronne"
        "|copine|copain) s'appelle (?P<value>.+)",
    ),
)
SPANISH = (
    ("name", "(?:me llamo|mi nombre(?: completo)? es)~ (?P<value>.+)"),
    ("last name", "mi apellido es (?P<value>.+)"),
    ("nickname", "ll[aá]mame (?P<value>.+)"),
    ("nickname", "mi apodo es (?P<value>.+)"),
    ("home", "(?:yo )?(?:vivo|vivimos)~ en (?P<value>.+)"),
    ("home", "(?:me mudé|nos mudamos|me he mudado)~(?: de [^,]{2,30})? a (?P<value>.+)"),
    ("address", "mi (?:nueva )?dirección es~ (?P<value>.+)"),
    ("employer", "(?:yo )?trabajo~ para (?P<value>.+)"),
    ("employer", "mi empresa es (?P<value>.+)"),
    ("job", "(?:yo )?trabajo~ (?:como|de) (?P<value>.+)"),
    ("job", "mi profesión es (?P<value>.+)"),
    ("age", r"tengo~ (?P<value>\d{1,3}) años"),
    ("birthday", "mi cumpleaños es (?:el )?(?P<value>.+)"),
    ("birthday", "nací el (?P<value>.+)"),
    ("phone", "mi (?:número(?: de teléfono)?|teléfono) es~ (?:el )?(?P<value>.+)"),
    ("mobile", "mi (?:número de )?(?:móvil|celular) es~ (?:el )?(?P<value>.+)"),
    ("email", "mi (?:correo(?: electrónico)?|e-?mail) es~ (?P<value>.+)"),
    ("time zone", "mi (?:zona horaria|huso horario) es~ (?P<value>.+)"),
    ("native language", "mi (?:lengua materna|idioma materno) es (?:el )?(?P<value>.+)"),
    (
        "marital status",
        "(?:estoy|soy)~ (?P<value>casad[oa]|solter[oa]|divorciad[oa]|viud[oa]|comprometid[oa]|separad[oa])",
    ),
    ("favourite {thing}", r"mi (?P<thing>\w+) (?:favorit[oa]|preferid[oa]) es~ (?P<value>.+)"),
    (
        "{thing}'s name",
        "mi (?P<thing>perro|perra|gato|gata|caballo|hámster|mujer|esposa|marido|esposo|madre|padre|jefe|jefa"
        "|novia|novio) se llama (?P<value>.+)",
    ),
)
PORTUGUESE = (
    ("name", "(?:o )?meu nome(?: completo)? é~ (?P<value>.+)"),
    ("name", "(?:eu )?me chamo~ (?P<value>.+)"),
    ("name", "chamo-me~ (?P<value>.+)"),
    ("last name", "(?:o )?meu (?:sobrenome|apelido) é (?P<value>.+)"),
    ("nickname", "(?:me chame|chame-me|me chama|chama-me) (?:de )?(?P<value>.+)"),
    ("home", "(?:eu )?(?:moro|moramos|vivo|vivemos)~ (?:em|no|na|nos|nas) (?P<value>.+)"),
    ("home", "(?:eu )?(?:me )?(?:mudei|mudei-me|mudamos)~(?: de [^,]{2,30})? para (?:o |a )?(?P<value>.+)"),
    ("address", "(?:o )?meu (?:novo )?(?:endereço é|morada é)~ (?P<value>.+)"),
    ("address", "a minha morada é~ (?P<value>.+)"),
    ("employer", "(?:eu )?trabalho~ para (?:o |a )?(?P<value>.+)"),
    ("job", "(?:eu )?trabalho~ como (?P<value>.+)"),
    ("job", "(?:a )?minha profissão é (?P<value>.+)"),
    ("age", r"(?:eu )?tenho~ (?P<value>\d{1,3}) anos"),
    ("birthday", "(?:o )?meu aniversário é (?:em |no dia |dia |a )?(?P<value>.+)"),
    ("birthday", r"nasci (?:em|no dia|a) (?P<value>\d.+)"),
    ("phone", "(?:o )?meu (?:número(?: de telefone)?|telefone) é~ (?:o )?(?P<value>.+)"),
    ("mobile", "(?:o )?meu (?:número de )?(?:celular|telemóvel) é~ (?:o )?(?P<value>.+)"),
    ("email", "(?:o )?meu e-?mail é~ (?P<value>.+)"),
    ("time zone", "(?:o )?meu fuso horário é~ (?P<value>.+)"),
    ("native language", "(?:a )?minha língua materna é (?:o )?(?P<value>.+)"),
    (
        "marital status",
        "(?:eu )?(?:sou|estou)~ (?P<value>casad[oa]|solteir[oa]|divorciad[oa]|viúv[oa]|noiv[oa]|separad[oa])",
    ),
    ("favourite {thing}", r"(?:o |a )?(?:meu|minha) (?P<thing>\w+) (?:favorit[oa]|preferid[oa]) é~ (?P<value>.+)"),
    (
        "{thing}'s name",
        "(?:o |a )?(?:meu|minha) (?P<thing>cachorro|cachorra|cão|gato|gata|cavalo|esposa|mulher|marido|mãe|pai"
        "|chefe|namorada|namorado) (?:se chama|chama-se) (?P<value>.+)",
    ),
)
CHINESE = (
    ("name", "(?:我(?:现在|現在)?叫|我的(?:名字|姓名)(?:是|叫))(?P<value>.+)"),
    ("home", "我~住在(?P<value>.+)"),
    ("home", "我~搬到(?:了)?(?P<value>.+?)了?"),
    ("address", "我(?:家)?的(?:地址|住址)~是(?P<value>.+)"),
    ("employer", "我~在(?P<value>.+公司)(?:工作|上班)"),
    ("employer", "我的(?:公司|雇主)是(?P<value>.+)"),
    ("job", "我的(?:职业|職業)是(?P<value>.+)"),
    ("age", r"我(?:今年|现在|現在)?(?:已经|已經)?(?P<value>\d{1,3})[岁歲]了?"),
    ("birthday", "我的生日(?:是|在)(?P<value>.+)"),
    ("phone", "我的(?:电话|電話)(?:号码|號碼)?~是(?P<value>.+)"),
    ("mobile", "我的(?:手机|手機)(?:号码?|號碼?)?~是(?P<value>.+)"),
    ("email", "我的(?:邮箱|电子邮箱|电子邮件|邮件地址|電子郵件|信箱)~是(?P<value>.+)"),
    ("native language", "我的母[语語]是(?P<value>.+)"),
    ("marital status", "我~(?:是)?(?P<value>已婚|未婚|单身|單身|结婚|結婚|离婚|離婚|已经结婚|已经离婚)了?"),
    ("favourite {thing}", "我最喜[欢歡]的(?P<thing>.{1,6}?)是(?P<value>.+)"),
    ("{thing}'s name", "我的(?P<thing>狗|猫|貓|妻子|丈夫|老公|老婆|老板)(?:的名字是|叫)(?P<value>.+)"),
)
JAPANESE = (
    ("name", "(?:私|僕|俺)の名前は(?P<value>.+?)(?:です|だ|と(?:いいます|言います|申します))?"),
    ("name", "(?:私|僕)は(?P<value>.+?)と(?:いいます|言います|申します)"),
    ("home", "(?:(?:私|僕)は、?)?~(?P<value>.+?)に(?:住んで(?:います|いる|る)|引っ越し(?:ました|た)|在住(?:です)?)"),
    ("home", "(?:私|僕)が(?P<value>.+?)に住んでいる"),
    ("address", "(?:私|僕)の住所は~(?P<value>.+?)(?:です|だ)?"),
    ("employer", "(?:(?:私|僕)は、?)?~(?P<value>.+?)(?:に勤めて(?:います|いる)|に勤務して(?:います|いる))"),
    ("job", "(?:私|僕)の(?:仕事|職業)は(?P<value>.+?)(?:です|だ)?"),
    ("age", r"(?:(?:私|僕)は、?)?(?:今|現在)?(?P<value>\d{1,3})歳(?:です|だ|になりました)?"),
    ("birthday", "(?:私|僕)の誕生日は(?P<value>.+?)(?:です|だ)?"),
    ("phone", "(?:私|僕)の電話番号は~(?P<value>.+?)(?:です|だ)?"),
    ("mobile", "(?:私|僕)の携帯(?:番号|電話)?は~(?P<value>.+?)(?:です|だ)?"),
    ("email", "(?:私|僕)の(?:メール|メールアドレス|Eメール)は~(?P<value>.+?)(?:です|だ)?"),
    ("native language", "(?:私|僕)の母国?語は(?P<value>.+?)(?:です|だ)?"),
    (
        "marital status",
        "(?:(?:私|僕)は、?)?(?P<value>結婚して(?:います|いる)|独身|既婚|離婚しました|離婚した)(?:です|だ)?",
    ),
    ("favourite {thing}", "(?:(?:私|僕)の?(?:が)?)?(?:一番)?好きな(?P<thing>.{1,6}?)は(?P<value>.+?)(?:です|だ)?"),
    ("{thing}'s name", "(?:私|僕|うち)の(?P<thing>犬|猫|妻|夫|上司)の名前は(?P<value>.+?)(?:です|だ)?"),
)

# "Now" and its like, which may stand where a form has `~`.
NOW = {
    "english": _NOW_ENGLISH,
    "german": "(?: (?:jetzt|nun|aktuell|momentan|gerade|inzwischen|mittlerweile|kürzlich|vor kurzem|letzte Woche"
    "|letzten Monat|neulich))?",
    "french": "(?: (?:maintenant|désormais|actuellement|récemment|aujourd'hui))?",
    "spanish": "(?: (?:ahora|actualmente|recientemente))?",
    "portuguese": "(?: (?:agora|atualmente|recentemente))?",
    "chinese": "(?:现在|現在|目前|刚|剛|最近|已经|已經)?",
    "japanese": "(?:今は|今|現在は|現在|最近)?",
}
FORMS = {
    "english": ENGLISH,
    "german": GERMAN,
    "french": FRENCH,
    "spanish": SPANISH,
    "portuguese": PORTUGUESE,
    "chinese": CHINESE,
    "japanese": JAPANESE,
}

# What makes a second value, a passing one, a supposed one or none of a statement.
HEDGES = r"""
\b(?:also|too|another|second|third|other|sometimes|often|usually|mostly|partly|mainly|occasionally|used to|formerly
|previously|until
|till|during|while|when|whenever|if|unless|would|could|might|may be|maybe|perhaps|probably|possibly|either|or|both
|not|never|no longer
|don't|isn't|wasn't|aren't|won't|cannot|can't|ain't|hardly|but|except|besides|as well|one of|some of|imagine|pretend
|suppose
|summers?|winters?|spring|autumn|weekends?|weekdays?|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?
|sundays?|holidays
|temporarily|this (?:week|month|year|summer|winter|weekend)|for (?:a|the) (?:while|week|month|summer|winter
|semester)|next (?:week|month|year)
|for (?:\S{1,12} ){1,3}(?:years?|months?|weeks?|days|nights)|für (?:\S{1,12} ){1,2}(?:jahre?|monate?|wochen?|tage?)
|pour (?:\S{1,12} ){1,2}(?:ans?|mois|semaines?|jours)|por (?:\S{1,12} ){1,2}(?:años?|anos?|meses|semanas?|días|dias)
|tomorrow|soon|going to|plan|want|hope|wish|in \d{4}
|auch|außerdem|zweit\w*|manchmal|oft|meist\w*|früher|bis|während|wenn|falls|würde|vielleicht|nicht|kein\w*|nie|oder
|aber|im (?:sommer|winter)|zeitweise
|aussi|parfois|souvent|autrefois|avant|jusqu\w*|pendant|quand|peut-être|pas|jamais|ou|mais|en (?:été|hiver)|ancien\w*
|también|tambien|a veces|antes|hasta|durante|cuando|quizás?|tal vez|nunca|pero|en (?:verano|invierno)|otr[oa]|segund[oa]
|também|às vezes|até|quando|talvez|não|mas|no (?:verão|inverno)|outr[oa])\b
|^no\b|我也|也(?=[住叫是在喜搬有])|还有|還有|另外|有时|有時|以前|曾经|曾經|夏天|冬天|如果|可能|也许|不|没|沒|或|期间|暂时|も|時々|以前|昔|夏は|冬は|もし|かも|ない|ません|たい|いました|予定
"""
# What may follow a value without belonging to it.
TRAILERS = r"""
(?:\s+(?:now|currently|nowadays|these days|today|at the moment|at present|again|anymore|already|by the way
|from now on|please|yesterday|recently
|last (?:week|month|weekend|night)|since .{1,30}|as of .{1,30}
|with my (?:wife|husband|partner|family|parents|girlfriend|boyfriend|kids|children|two kids|dog|cat)|for work|for good
|jetzt|mittlerweile|momentan|zurzeit|seit .{1,30}|mit meiner? .{1,20}|maintenant|actuellement|depuis .{1,30}
|avec ma .{1,20}|avec mon .{1,20}
|ahora|actualmente|desde .{1,30}|con mi .{1,20}|agora|atualmente|com (?:minha|meu|a minha|o meu) .{1,20})|了)$
"""

# Words that begin what is no value of a slot.
NO_NAME = """
not too hard difficult spelled spelt pronounced written very short long for on in the a an my your important
irrelevant boring common rare unusual weird strange of from to at nothing something secret unknown missing wrong
right there here what so really quite also schwer nicht kompliziert difficile compliqué pas muy no trop lang kurz
wichtig und egal difícil muito complicado back later tomorrow maybe crazy when if anytime tonight today monday
tuesday wednesday thursday friday saturday sunday after before by again as good bad old mad names off up down out
over
"""
NO_PLACE = """
hope fear peace sin harmony poverty comfort denial exile hell paradise style luxury isolation shame pain danger
solitude silence freedom constant a an my our your his her their this that these those some one two three hostels
hotels tents vans student shared rented angst armut frieden hoffnung miete untermiete trennung scheidung scheidenen
wohlstand elend colocation casa pareja einer einem meiner meinem der dem den paix peur une un ma mon mi su um uma
minha meu pobreza paz miedo linux windows mac macos ubuntu debian fedora android ios iphone python rust java
javascript typescript go kotlin emacs vim neovim vscode firefox chrome safari notion obsidian slack teams zoom
discord github gitlab bitbucket aws azure gcp postgresql postgres mysql sqlite django react vue kubernetes docker
spotify netflix sales marketing engineering management finance hr product design support operations legal research
development remote part-time full-time tea decaf coffee veganism vegan vegetarian bitwarden proton protonmail gmail
outlook bluesky mastodon signal telegram whatsapp threads tmux zsh fish wayland arch nixos manjaro mint trash spam
archive done bed excel word powerpoint figma canva jira confluence trello asana evernote onenote todoist airtable
chatgpt claude gemini copilot cursor codex mistral llama ollama perplexity openai anthropic gitea jenkins terraform
angular svelte laravel rails flask fastapi express swift ruby php scala elixir haskell julia matlab redis kafka
mongodb mongo elasticsearch dropbox drive icloud onedrive nextcloud chromeos chromium brave edge opera duckduckgo
jetbrains intellij pycharm xcode zed helix nvim steam playstation xbox nintendo tidal deezer youtube instagram
facebook twitter reddit tiktok substack patreon shopify wordpress paypal stripe revolut team grade level chapter
version plan group class building apartment partnerschaft sicherheit
"""
NO_EMPLOYER = """
home night nights weekends noon least most all a an my our your his her their this that some myself free food fun
money minimum living peanuts office sea school university hospital once first last various different several many two
three clients customers people nacht tag regen geld mindestlohn mich sich meinen einem einer einen der dem den nachts
hause moi mon ma un une des nuit mi una mim meu minha um uma
"""
NO_FAVOURITE = """
not that to when because still always whatever none
"""
NO_THING = """
thing things one part way moment time memory
"""
# Words that a name may hold in lower case.
PARTICLES = """
de la las los el le les van von der den del di da do dos das du of the upon am an im sur en y e zu zur bin ibn al
"""
# What Chinese and Japanese names and places do not hold.
NO_NAME_UNSPACED = r"[，,、的はがもをと他她你您它]|^(?:[车車了不一个外]|救护|醒)|です|ます|の"
NO_PLACE_UNSPACED = (
    "附近|宿舍|公寓|学校|學校|家里|家裡|楼|樓|农村|乡下|城市|[这這那一]"
    "|マンション|アパート|実家|近く|寮|都会|田舎|海外|家$|街$"
)
MARITAL = {
    "married": "married verheiratet marié casad 已婚 已经结婚 结婚 結婚 既婚",
    "single": "single ledig célibataire solter solteir 未婚 单身 單身 独身",
    "divorced": "divorced geschieden divorcé divorciad 离婚 離婚 已经离婚",
    "widowed": "widowed verwitwet veuf veuve viud viúv",
    "engaged": "engaged verlobt fiancé comprometid noiv",
    "separated": "separated getrennt séparé separad",
}
NO_JOB = """
well if it they we much hard before usual normal needed required possible expected planned remote remotely
noche noches día dia tarde mañana lunes martes miércoles jueves viernes sábado sábados domingo domingos fines casa pie
pain nightmare joke mess
"""
# Lands, which hold the towns people live in: "I live in Norway" does not contradict "I live in Oslo".
COUNTRIES = """
afghanistan albania algeria argentina armenia australia austria azerbaijan bangladesh belarus belgium bolivia bosnia
brazil bulgaria cambodia cameroon canada chile china colombia croatia cuba cyprus czechia denmark ecuador egypt
england estonia ethiopia finland france georgia germany ghana greece guatemala hungary iceland india indonesia iran
iraq ireland israel italy jamaica japan jordan kazakhstan kenya korea kosovo kuwait latvia lebanon libya lithuania
luxembourg malaysia malta mexico moldova mongolia montenegro morocco nepal netherlands nigeria norway pakistan panama
paraguay peru philippines poland portugal qatar romania russia scotland senegal serbia singapore slovakia slovenia
spain sweden switzerland syria taiwan tanzania thailand tunisia turkey türkiye uganda ukraine uruguay us usa uk
uzbekistan venezuela vietnam wales yemen america europe asia africa bavaria tuscany california texas florida
scandinavia deutschland österreich schweiz frankreich italien spanien polen norwegen schweden dänemark finnland
niederlande belgien bayern allemagne autriche suisse italie espagne norvège suède danemark belgique pologne maroc
algérie tunisie alemania suiza francia italia españa noruega suecia méxico perú brasil alemanha áustria suíça frança
itália espanha suécia 中国 中國 日本 德国 德國 法国 法國 英国 英國 美国 美國 韩国 韓國 台湾 台灣
挪威 奥地利 奧地利 加拿大 澳大利亚
ドイツ フランス イギリス アメリカ 韓国 ノルウェー オーストリア カナダ オーストラリア イタリア スペイン
uae alabama alaska arizona arkansas colorado connecticut delaware hawaii idaho illinois indiana iowa kansas kentucky
louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada ohio oklahoma
oregon pennsylvania tennessee utah vermont virginia wisconsin wyoming ontario quebec québec alberta manitoba
saskatchewan queensland tasmania catalonia andalusia brittany normandy provence sicily sardinia lombardy saxony
hesse tyrol styria carinthia flanders wallonia
irland schottland england kanada australien griechenland türkei kroatien rumänien bulgarien russland brasilien mexiko
indien ägypten marokko ungarn tschechien neuseeland südkorea südafrika großbritannien sachsen hessen thüringen
brandenburg niedersachsen tirol kärnten steiermark
irlande écosse angleterre grèce turquie brésil mexique chine japon inde australie bretagne normandie états-unis
royaume-uni nouvelle-zélande pays-bas
irlanda escocia escócia inglaterra grecia grécia polonia polônia polónia japón japão canadá cataluña andalucía
"""
LANDS_OF_SEVERAL_WORDS = """
new zealand, south korea, north korea, south africa, saudi arabia, sri lanka, costa rica, czech republic,
northern ireland, united arab emirates, el salvador, puerto rico, dominican republic, ivory coast, sierra leone,
burkina faso, papua new guinea, trinidad and tobago, north macedonia, great britain, british columbia,
new south wales, new mexico, new hampshire, new jersey, north carolina, south carolina, north dakota, south dakota,
west virginia, rhode island, new brunswick, nova scotia, prince edward island, western australia, south australia,
vereinigte staaten, vereinigten staaten, vereinigtes königreich, corée du sud, afrique du sud,
estados unidos, reino unido, nueva zelanda, corea del sur, nova zelândia, coreia do sul, áfrica do sul
"""

MONTHS = """
january jan januar janvier enero janeiro|february feb februar février febrero fevereiro|march mar märz mars marzo março
april apr avril abril|may mai mayo maio|june jun juni juin junio junho|july jul juli juillet julio julho
august aug août agosto|september sep sept septembre septiembre setembro|october oct oktober okt octobre octubre outubro
november nov novembre noviembre novembro|december dec dezember dez décembre diciembre dezembro
"""

# Words of which a statement about a slot has at least one, in whatever language: how its holder is found.
ANCHORS = {
    "name": "name named called heiße heisse namen appelle nom llamo nombre nome chamo 我叫 名字 姓名 名前 私は 僕は",
    "last name": "surname nachname familienname vorname prénom nom apellido sobrenome",
    "nickname": "call called nickname go nenn nenne nennt spitzname appelle surnom llámame llamame apodo chame chama",
    "home": (
        "live living reside based moved relocated home residence city wohne wohnen lebe leben gezogen "
        "umgezogen wohnort habite vis habitons vivons déménagé emménagé vivo vivimos mudé mudamos mudado "
        "moro moramos vivemos mudei 住在 搬到 住ん に引 引っ 在住 "
    ),
    "hometown": "hometown town",
    "address": "address live adresse habite dirección endereço morada 地址 住址 住所",
    "employer": (
        "work working employed employer started arbeite arbeitgeber travaille employeur trabajo empresa "
        "trabalho 工作 上班 公司 雇主 勤め 勤務 "
    ),
    "job": (
        "work working job profession occupation title arbeite beruf travaille métier trabajo profesión "
        "trabalho profissão 职业 職業 仕事 "
    ),
    "age": "years year old age turned yo jahre alt ans años anos 岁 歲 歳",
    "birthday": (
        "birthday birth born geburtstag geboren anniversaire né née cumpleaños nací aniversário nasci 生日 誕生 "
    ),
    "phone": "phone telephone number telefonnummer nummer numéro téléphone número teléfono telefone 电话 電話",
    "mobile": "mobile cell phone handynummer mobilnummer portable móvil celular telemóvel 手机 手機 携帯",
    "email": "email mail adresse mailadresse courriel correo 邮箱 邮件 郵件 信箱 メー",
    "time zone": "time timezone zone zeitzone fuseau zona huso fuso",
    "native language": "native mother first muttersprache maternelle materna materno 母语 母語 母国",
    "marital status": (
        "married engaged single divorced widowed separated verheiratet ledig geschieden verwitwet verlobt "
        "getrennt marié mariée célibataire divorcé divorcée veuf veuve fiancé fiancée pacsé pacsée séparé "
        "séparée casado casada soltero soltera divorciado divorciada viudo viuda comprometido comprometida "
        "separado separada solteiro solteira viúvo viúva noivo noiva 已婚 未婚 单身 單身 结婚 結婚 离婚 離婚 独身 既婚 "
    ),
    "height": "tall height",
    "weight": "weigh weight",
    "pronouns": "pronouns",
    "favourite": "favourite favorite préféré préférée favorito favorita preferido preferida 喜欢 喜歡 好き",
    "thing": "name named called heißt appelle llama chama 名字 名前 的狗 的猫 狗叫 猫叫",
}
