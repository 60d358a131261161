"""English."""

from memories.requests.languages.base import Language, any_of

ME = any_of("me", "myself")
MINE = any_of("my", "our")
KNOW = any_of("know", "knew", "remember(?:ed)?", "learn(?:ed|t)", "recall", "have on file")
STORED = any_of("stored", "saved", "remembered", "memori[sz]ed", "learn(?:ed|t)", "noted", "kept", "recorded")
YOU_KNOW = rf"(?:that )?you(?:'ve| have)? (?:(?:ever|already|currently) )?{any_of(KNOW, STORED)}"
I_SAID = (
    r"(?:that )?(?:I|we)(?:'ve| have| had)?(?: (?:just|already|once|ever|previously))?"
    r" (?:said|told you|mentioned|wrote|shared|asked)(?: to you| earlier| before| yesterday)?"
)
ABOUT = any_of("about", "regarding", "concerning", "on", "of")
MEMORY = any_of("memory", "memories")
ERASING = ("delete", "remove", "erase", "clear", "wipe", "drop", "discard", "purge", "get rid of")
DELETE = any_of(*ERASING, "forget")
ERASE = any_of(*ERASING)
# What may be erased is not what stands in a text at hand, nor what another order about that text follows.
REMEMBERED_ONLY = (
    r"(?!.*\b(?:from|in|on|inside|within|out of|throughout|of) (?:the|this|that|these|those|my|our|your|here|there"
    r"|all)\b(?! memor)|.*\b(?:and|but|then) (?!(?:my|our)\b))"
)
LIST = any_of("list", "show", "display", "print", "tell", "give", "summari[sz]e", "describe")
ALL = r"(?:all (?:of )?)?(?:the )?"
RESTART = (
    r"(?:\s*[,;](?!.*\b(?:keep|leave|but|unless|only|not|in|from)\b).*"
    r"|\s+and (?:then |let's |please )*(?:start|begin|tell|give|help|remember)\b.*)?$"
)
THINGS = any_of("facts?", "things?", "info(?:rmation)?", "details?", "points?", "bits?", "stuff", "items?")
# What is known of somebody, asked for instead of said, and nothing behind it: "where I live".
ASKED = any_of(
    r"where (?:I|we) (?:live|work|study|grew up|went to school|go to school|(?:was|were) born)",
    r"when (?:I was|we were) born|when (?:my|our) (?:[\w' ]{2,40} )?(?:birthday|anniversary) is",
    r"(?:how much|what) (?:I|we) (?:earn|weigh)|what (?:I am|we are) allergic to",
    rf"where {MINE} [^,:;]+ (?:lives?|works?)",
    rf"what {MINE} (?:[^,:;]+ (?:is|are) called"
    r"|(?:[\w' ]{2,40} )?(?:name|job|address|phone number|age|salary|weight) is)",
)

# Something that is only named: "project I mentioned". "Tomorrow I fly" and "Ana thinks I snore" say something.
NAMED_ONLY = (
    r"(?:(?!(?:my|our|and|or|but|if|as|in|on|at|by|for|from|with|since|until|after|before|during|every|each|both|all"
    r"|last|next|the|an?|(?:when|what|wher|who|how)\w*|now|once|soon|lately|often|always|never|still|maybe|please"
    r"|says?|thinks?|knows?|hopes?|means?|to\w+|yester\w+|\w+ly|\w+days?|\w+times?|\w+ends|nights|mornings|evenings"
    r"|\w+[.:])\b)[\w-]+ ){1,2}(?:I|we) (?!(?:and|or|both|all|am|are)\b)"
)

ENGLISH = Language(
    name="English",
    stems=(
        *("rememb", "remeber", "rember", "memor", "forget", "in mind", "into account", "be aware"),
        *("note that", "note:", "note i", "note my", "note of", "note down", "a note", "note this", "about me"),
        *("save th", "store th", "write th", "write down", "jot ", "about myself"),
        # Not the verb alone: "I remove my shoes. Remember that." asks to forget nothing.
        *(f"{verb} {what}" for verb in ERASING for what in ("everything", "anything", "all ", "what", "the fact that")),
        *(f"{verb} {what}" for verb in ERASING for what in ("the saved", "the stored", "your saved", "your stored")),
    ),
    openers=any_of(
        r"just so you know|for your information",
        r"(?:hi|hello|hey|dear) \w{2,20}(?=[,!]|,? (?:please|pls|remember|can you|could you)\b)",
        r"(?:hi|hello|hey|hiya|yo|greetings|dear)(?: (?:there|again|all|everyone|assistant|ai|bot|chat))?(?=[\s,!.]|$)",
        r"good (?:morning|afternoon|evening|day)",
        r"@\w{1,40}",
        r"(?:please|pls|plz|kindly)(?: do| also| just| always)?",
        r"(?:and|also|oh|ok|okay|so|well|now|but|plus|again|then|next|finally|lastly|always|just|actually|anyway|hmm+)",
        r"(?:yes|yeah|no|sure|great|perfect|cool|nice|right|alright|sorry|listen|look|important)(?=\s*[,!.:;–—-])",
        r"(?:thanks|thank you|thx)(?: a lot| so much| very much)?",
        r"(?:btw|fyi|by the way|ps|p\.s\.|p\.s|one (?:more|last) (?:thing|request)|another thing|one thing|on"
        r" another note)",
        r"(?:first(?:ly| of all)?|second(?:ly)?|third(?:ly)?|before (?:we|I) (?:start|begin))",
        r"(?:from now on|going forward|in (?:the )?future|for (?:the )?future(?: reference)?|for (?:next time|later"
        r"|the record))",
        r"(?:would you )?(?:do me a favou?r|be so kind as to)",
        r"if (?:you (?:can|could|don't mind|would)|possible)",
        r"I(?: would|'d) (?:also |really )?(?:like|love|want|need|prefer) (?:for )?you to(?: please| also| always)?",
        r"I (?:also |really |just )?(?:want|need) (?:for )?you to(?: please| also| always)?",
        r"(?:it would be (?:great|nice|good)|I(?:'d| would) (?:appreciate it|be (?:glad|happy|grateful))) if you"
        r" (?:could|would)",
        r"you (?:should|must|need to|have to|ought to|may(?: now)?|can now)(?: please| also| always)?",
        r"(?:be sure|make sure|try|do your best) (?:to|you|that you)(?= (?:always |please )?(?:rem|keep|note|memo))",
        r"do(?= (?:remember|note|keep|bear|please)\b)",
        r"(?:here are )?(?:some |a few |the )?(?:things|facts) to(?= remember about (?:me|us)\b)",
        r"help me(?: to)?(?= (?:always )?rem)",
    ),
    asking=any_of(
        r"(?:do|would) you mind",
        r"(?:can|could|would) (?:you|u)(?: please| kindly| also| just| possibly| perhaps| maybe| do me a favou?r"
        r" and)*+",
        r"will (?:you|u) please",
        r"(?:may|can|could) I (?:please )?ask you to",
        r"(?:is it|would it be) possible (?:for you )?to",
    ),
    dependent="remembering",
    remember=any_of(
        r"remember|remeber|rember|remmember|memori[sz]e|remembering",
        r"(?:make|take)(?: a)?(?: mental)? note(?: of the fact)?",
        r"(?:commit|save|add|store|put|keep|write)(?: it| this| that| the following)?(?: down)? (?:to|in|into|on)"
        r" (?:your )?"
        rf"(?:long-term )?{MEMORY}",
        rf"update your {MEMORY}",
    ),
    note=any_of(
        r"note(?: down)?",
        r"(?:keep|bear) (?:(?:it|this|that|the following) )?in (?:your )?mind",
        r"(?:don't|do not|dont|never)(?: you)?(?: ever)? forget",
        r"take (?:(?:it|this|that) )?into account",
        r"be aware",
        r"(?:save|store|jot|write)(?: down)? (?:this|that|it)(?: down)?(?= for me|\s*[:.!]|$)",
        r"(?:jot|write) down",
    ),
    asides=any_of(
        r"(?:please|pls|kindly|also|always|now|too|well|about (?:me|us))",
        r"for (?:me|us|later|next time|(?:the |all )?future(?: reference| chats| conversations| use)?|good|ever)",
        r"(?:from now on|in (?:the )?future|going forward|at all times|forever)",
    ),
    that=any_of(
        r"(?:the fact )?that\b(?!')\s*",
        r"to (?=(?:always |only |please )?call me (?!(?:back|when|at|on|if|before|after|by|again|to\w+|later|in"
        r"|every|first|next)\b)"
        r"[\w'-]{1,40}(?: [\w'-]{1,40})?(?: please| from now on)?$)",
    ),
    and_that=r"and (?:also )?that\s+",
    this=any_of(
        rf"this (?!{THINGS}\s*:)(?P<named>(?:\w+ ){{0,2}}\w+)(?=\s*:)",
        rf"(?:this|that|these|those|the following|following|all (?:of )?(?:this|that|these))"
        rf"(?: (?:\w+ )?{THINGS})?(?: (?:about|for) (?:me|us))?",
        rf"(?:something|one thing|(?:some|a few|two|three|the|one|a|\w+) {THINGS})(?: about (?:me|us))?(?=\s*:)",
        r"it",
    ),
    subject=r"(?:I|(?-i:im|ive)|we|both of us|all of us)",
    possessive=r"(?:my|our|one of my|one of our|both (?:of )?my|all (?:of )?my)",
    person=r"(?:I|me|my|mine|myself|we|us|our|ours)",
    verbs=any_of(
        r"(?:am|is|are|was|were|isn't|aren't|wasn't|has|have|had|hasn't|haven't|does|do|doesn't|don't|did|didn't"
        r"|will|won't)",
        r"(?:can|can't|cannot|could|must|should|would)",
        r"(?:name|nickname|e-?mail|birthday|address|age|city|hometown|job)'s(?= \S)",
        r"\w+'s (?:called|named|from|in|on|at|a|an|allergic|born|married|\d\w*)",
        r"(?:lives?|works?|likes?|loves?|hates?|prefers?|needs?|wants?|eats?|drinks?|speaks?|studies|study|plays?"
        r"|moved)",
        r"(?:starts?|ends?|begins?|falls?|comes?|goes|died|passed|turns?|turned|became|means|stands|equals|contains"
        r"|costs?)",
        r"(?:drives?|owns?|uses?|runs?|teaches|suffers?|owes?|attends?|smokes?|sleeps?|opens?|closes?|expires?"
        r"|changed)",
    ),
    dated=any_of(
        r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b",
        r"(?:january|february|march|april|may|june|july|august|september|october|november|december)\b",
        r"(?:today|tomorrow|tonight|noon|midnight|\d{1,2}(?::\d\d)? ?[ap]\.?m)\b",
    ),
    not_statement=any_of(
        r"(?:when(?! I (?:say|ask|write|mention|talk)\b)|what|where|who|whom|whose|how|why|which|if|whether|because"
        r"|while|until)",
        r"my (?:\w+ )?one\b(?! of)",
        NAMED_ONLY,
        r"(?:me|him|her|us|them|himself|everything|anything|nothing|something)",
        r"(?:he|she|they|his|their|those|these|its)(?:'\w+)?",
        r"(?:this|that)(?:'s)?|(?:it|there)(?:'s| is| was)?+(?! (?:my|our)\b)",
        r"(?:you|your|you're|yours|yourself)(?! (?:can|should|may|must|could) (?:always |please )?call me\b)",
        r"(?:to|not to|be|do|do not|don't|always|never|let's|let|only|just|please|use|keep|make|avoid|include|answer"
        r"|reply)",
        r"(?:write|respond|think|stay|try|check|stick|follow|act|speak|explain|give|tell|show|remember|forget|ask)",
        r"(?:the )?(?:time|day|days|night|times|moment|summer|winter|year|guy|girl|boy|man|woman|kid|song|movie|film"
        r"|show)",
        r"(?:the |one )?(?:episode|scene|story|joke|game|trip|party|book|dream|place|feeling|thing|stuff|one(?! of"
        r" (?:my|our)\b)|part)",
    ),
    unfinished=any_of(
        r"(?:a|an|the|my|our|your|his|her|and|or|but|of|in|on|at|to|for|from|with|about|that|than|as|by)",
        r"(?:is|are|was|were|am|I'm|be|called|named|has|have|like|into|because|if|when|I|we)",
    ),
    retold=any_of(
        r"(?:I|we)(?:'ve| have| had)?(?: (?:just|already|once|previously|never|also))?"
        r" (?:told (?:you|u)|said|mentioned|asked (?:you|for|about)|talked|spoke|discussed|explained|wrote (?:to )?you"
        r"|showed you|gave you|sent you)\b",
        r"(?:I|we)(?:'m| am|'re| are| was| were) (?:asking|telling|talking|saying|referring|joking|kidding)\b",
        r"(?:my|our) (?:\w+ )?(?:question|request|message|prompt|instructions?|point (?:is|was))\b",
        r"(?:I|we)(?: \w+)? (?:love|loved|like|liked|hate|miss|trust|need) (?:you|u)(?:$|,)",
    ),
    at_hand=any_of(
        r"(?:in|for) (?:this|that) (?:game|story|scene|novel|poem|essay|code|script|function|example|exercise|question"
        r"|task|text|case|chat|conversation|thread|message|scenario|problem|role-?play)\b",
        r"(?:I|we)(?: only| just| really| still)?(?: want| need| would like|'d like) (?:it|this|that|these|those)"
        r"(?: (?:in|by|for|as|to|before|until|done|today|tomorrow|now|quickly|asap)\b|$)",
        r"(?:I|we)(?: only| just| really| still)?(?: want| need| would like|'d like) (?:the|your)"
        r" (?:answer|reply|response|output|result|code|text|list|summary|translation)\b",
        r"^it(?:'s| is| was) (?:my|our) (?:turn|move|go|fault|mistake|job|problem|decision|choice|call|idea|opinion"
        r"|only|first|last|understanding|responsibility|duty|money|life|way|pleasure|bad)\b",
        r"your (?:last|previous|next) (?:answer|reply|response|message)\b",
        r"^(?:my|our) (?:code|function|script|input|output|array|essay|attempt) (?:is|must|should|needs?|has|takes?"
        r"|uses|returns?)\b",
        r"(?:pasted|attached) (?:the|my|it|this|that|an?)\b",
    ),
    passing=any_of(
        r"(?:no idea|in a (?:hurry|rush)|short on time)\b|(?:have|got)(?: only)? \w+ (?:minutes?|hours?)(?: left)?$",
        r"(?:already|attached|pasted|below|above|previous|in this (?:case|code|example|question|task))\b",
        r"^(?:I|we)(?:'ve| have|'d| had| will|'ll| want| need|'m going| am going| tried| asked| did| changed| added|"
        r" removed)\b"
        r"(?! (?:an?|the|no|two|three|four|five|six|\d+|my|been|lived|moved|to (?:avoid|take|eat|be))\b)",
        r"^(?:I|we)(?:'m| am|'re| are)(?: not| now| still| currently| just)? "
        r"(?!living|working|studying|learning|training|expecting|getting|retiring|moving)[a-z]{2,}ing\b",
        r"^(?:my|our) (?:code|function|script|input|output|data|file|list|array|table|text|essay|example|attempt"
        r"|version)\b",
    ),
    joiners=r"(?:and|but|so|plus|then)",
    fillers=r"(?:then|also|now|oh|please|next)",
    orders=any_of(
        r"(?:can|could|would|will) (?:you|u)",
        r"(?:please|pls|let's|let me know|thanks|thank you)",
        r"(?:tell|give|show|help|teach|remind|send|write|make|find|draw|read|recommend|suggest|explain|translate)"
        r" (?:me|us)",
        r"(?:suggest|recommend|explain)",
        r"I(?:'d| would) (?:like|love) (?:you )?to (?:know|ask|hear|see)",
        r"I (?:want|need) you to",
        r"I have (?:a|another|one) question",
    ),
    verbs_of_orders=any_of(
        r"(?:answer|write|find|list|calculate|translate|continue|create|make|summari[sz]e|draw|compute|propose"
        r"|describe)",
        r"(?:don't|do not|never|always|only) (?:suggest|recommend|give|show|use|send|call|offer|include|mention|tell"
        r"|propose)",
        r"(?:forget|remember)",
    ),
    questions=any_of(
        r"(?:what|who|where|when|why|how|which|whose)(?:'s|'re|s)?",
        r"(?:is|are|was|do|does|did|can|could|should|will|would|may) (?:I|we|my|our|it|there|the|this|that|you|they"
        r"|he|she)",
        r"any (?:ideas?|tips?|suggestions?|advice|recommendations?)",
    ),
    tags=(
        r"(?:right|remember|correct|yes|no|eh|huh|you know|(?:don't|do|didn't|did) (?:you|I)|isn't (?:it|he|she)"
        r"|aren't I)"
    ),
    manners=any_of(
        r"(?<=[,;.!?–—-] )(?:will|would|could|can) you",
        r"(?<=[,;.!?–—-] )(?:for me|from now on|in (?:the )?future|going forward|if (?:you can|possible)|cheers|got"
        r" it|too)",
        r"for (?:next time|later|(?:the )?future(?: reference| chats| conversations| use)?)",
        r"(?<=[,;.!?–—-] )(?:ok|okay|alright|all right)",
        r"(?<!say )(?<!says )(?<!said )(?<!word )(?:please|pls|plz|thanks|thank you|thank u|thx|ty)"
        r"(?: (?:so much|very much|a lot|in advance|a bunch))?",
        r"[:;]-?\)|[🙏🙂😊👍]",
    ),
    forget=(
        rf"(?:forget|stop remembering)(?: about)? (?:the fact )?that"
        rf" (?P<query>{any_of('I', 'im', 'ive', 'my', 'we', 'our')}\b.+)",
        r"(?:forget|stop remembering) (?:the fact )?that (?P<query>[A-Z][^,:;]* (?:is|are|was|has|likes|lives)"
        r" [^,:;]*\b(?:my|our|me)\b[^,:;]*)",
        rf"(?:forget|stop remembering) (?P<query>{any_of('I', 'im', 'ive', 'we')}\b(?! don't care).+)",
        rf"forget(?: about)? {any_of('what', 'everything', 'anything', 'all', 'whatever')} {I_SAID}"
        rf" {ABOUT} (?P<query>(?!(?:me|it|that|this|them|myself)\b)[^,:;]+)",
        rf"{ERASE} {any_of('what', 'everything', 'anything', 'all', 'whatever')} {I_SAID}"
        rf" {ABOUT} (?P<query>{REMEMBERED_ONLY}{MINE} [^,:;]+)",
        rf"{DELETE}(?: about)? {any_of('what', 'everything', 'anything', 'all', 'whatever')} {YOU_KNOW}"
        rf" {ABOUT} (?P<query>{MINE} [^,:;]+)",
        rf"forget (?:everything|anything|all) {ABOUT} (?P<query>{MINE} [^,:;]+)",
        rf"{ERASE} (?:everything|anything) (?:about|regarding|concerning) (?P<query>{REMEMBERED_ONLY}{MINE} [^,:;]+)",
        rf"forget (?:(?:the|that|those|all) )?(?:{MEMORY}|{THINGS}|notes?) (?:{ABOUT}|that|where|with)"
        rf" (?P<query>{any_of('my', 'our', 'I', 'we')}\b[^,:;]+)",
        rf"{DELETE} (?:(?:the|that|this|your|my|any|all|those) )*+(?:{MEMORY}|(?:saved |stored )(?:{THINGS}|notes?))"
        r"(?: you have)? (?:about|regarding|concerning|of|that|where|with|for)"
        r" (?P<query>(?!(?:me|it|that|this|us|myself|you|him|her|them)\b)"
        r"(?!.*\bfrom (?:the|this|that|my) (?!memor))[^,:;]+)",
        rf"{DELETE} (?:the fact that )?(?P<query>(?:my|our|I|we)\b[^,:;]+?) from (?:your |my |the )?{MEMORY}",
        rf"(?:forget|stop remembering)(?: about)? (?P<query>{MINE} [^,:;]+)",
        rf"(?:forget|stop remembering)(?: about)? (?P<query>{ASKED})(?=[\s,.!]*$)",
    ),
    leftover=(
        r"(?:(?:from|in) (?:your |my |the )?memory"
        r"|now|right (?:now|away)|immediately|completely|entirely|forever|for good|any ?more|already|because"
        r"|since|and (?:I|I'll|I'm|we|then|let's|start|use|go|pretend|instead|just))\b"
    ),
    not_forgettable=any_of(
        r"(?:my|our) (?:(?:very )?(?:last|previous|prior|earlier|first|second|above|original|stupid|silly) )?"
        r"(?:(?:two|three|few|\d) )?"
        r"(?:message|question|request|prompt|answer|sentence|comment|instruction|point|example|code|remark|word"
        r"|suggestion|mistake|typo|draft|essay|attempt|version|proposal|math|grammar|spelling|tone|feeling|order|worries|worry|trouble|problem|sorrow|pain|manner|memorie|memory|idea|approach|conversation|chat|discussion)s?"
        r"(?: please| now| for now| above)?$",
        r".*\band (?:I'll|I will|I'm|you'll|you're|you are|you will|we're|we'll)\b",
        r"(?:my|our)$|.*\.\w{2,4}$|.*\b(?:above|below)\b",
        r".*\bfor (?:now|today|tonight|once|the moment|a (?:moment|second|minute|bit|while))\b",
        r".*\bin (?:this|the|that) (?:form|text|code|file|document|table|list|chat|conversation|thread|message)\b",
        r"(?:I|we)(?: (?:even|ever|just))? (?:asked|said|mentioned|told|brought|wrote|typed|exist|talked|spoke|chatted"
        r"|had th(?:is|at) (?:conversation|chat|talk|discussion))\b",
        r"(?:I|we) (?:was|were)(?: (?:even|ever|just|only|being|so|a bit))*+ "
        r"(?:asking|saying|talking|telling|discussing|speaking|wondering|joking|kidding|complaining)\b",
        r"(?:I|we) (?:was|were)(?: (?:even|ever|just|only|being|so|a bit))*+ "
        r"(?:here|there|rude|mean|angry|upset|mad|wrong|confused|unclear)"
        r"(?: (?:to|with|at) you| about (?:it|that|this)| earlier| before| just now)*$",
    ),
    excepting=r"(?:except|excluding|besides|apart from|other than|aside from|but (?:not|keep|leave))",
    forget_everything=(
        rf"{DELETE} (?:absolutely )?(?:everything|all|anything)(?: {any_of(YOU_KNOW, I_SAID)})? {ABOUT} {ME}{RESTART}",
        rf"{DELETE} all {MEMORY}(?: (?:of|about) {ME})?{RESTART}",
        rf"{DELETE} (?:all )?(?:of )?my memories{RESTART}",
        rf"{DELETE} (?:all )?(?:of )?(?:the |your ){MEMORY} (?:you have )?(?:of|about) {ME}{RESTART}",
        rf"{DELETE} (?:all|everything) (?:of )?(?:the |your |my )?{MEMORY}{RESTART}",
    ),
    list_all=(
        r"what(?: all)?(?: else)? (?:do|did|can) (?:you|u) (?:already |currently |actually"
        rf" )?{any_of(KNOW, 'have stored', 'have saved')}"
        rf" {ABOUT} {ME}(?: (?:so far|now|right now|already|exactly|then|at this point|currently))?$",
        rf"what (?:things |facts |information )?(?:have you|did you|you've|you have) (?:already )?{STORED} {ABOUT}"
        rf" {ME}(?: so far)?$",
        r"what do you remember(?: so far)?$",
        rf"(?:what|which) (?:memories|facts|information|info|things) (?:do you have|have you(?: {STORED})?|are"
        r" stored|do you (?:know|remember))"
        rf"(?: (?:stored|saved))?(?: {ABOUT} {ME})?$",
        rf"what(?:'?s| is) (?:(?:stored|saved) )?in (?:your|my) {MEMORY}(?: {ABOUT} {ME})?$",
        rf"{LIST}(?: me)? {ALL}(?:my|your) {MEMORY}(?: {ABOUT} {ME})?$",
        rf"{LIST}(?: me)? (?:all (?:the )?|the )memories(?: (?:you have )?{ABOUT} {ME})?$",
        rf"{LIST}(?: me)? (?:everything|all|what|all the (?:things|facts)|the (?:things|facts)) {YOU_KNOW} {ABOUT}"
        rf" {ME}(?: so far)?$",
        rf"{LIST}(?: me)? everything (?:that )?you (?:have )?{any_of('remember', STORED)}$",
        rf"{LIST}(?: me)? (?:everything|all|what) (?:that )?you (?:remember|have (?:stored|saved|remembered))$",
        rf"(?:{LIST}(?: me)?|give me a list of) (?:everything|all|all (?:of )?my memories|my memories)(?: {ABOUT}"
        rf" {ME})?$",
        rf"(?:what are|which are) my memories$|what(?:'s| is) (?:stored|saved|remembered) {ABOUT} {ME}$",
        rf"how much do you (?:know|remember) {ABOUT} {ME}$",
        rf"do you (?:know|remember|have) (?:anything|something) (?:stored |saved )?{ABOUT} {ME}$",
        rf"{LIST} me (?:everything|all) (?:you have )?{ABOUT} {ME}$",
    ),
    reporting=any_of(
        r"(?:say|says|said|saying|told|tells?(?! (?:me|us)\b)|ask|asks|asked|asking|begged|begs|shout\w*|whisper\w*"
        r"|scream\w*)",
        r"(?:repl(?:y|ies|ied)|answered|reminds?|reminded|yelled|sings?|sang|sung|singing|reads|goes)",
        r"(?:for (?:example|instance)|e\.g|song|lyrics?|poem|verse|chorus|quot(?:e|es|ed|ing)|phrase|sentence"
        r"|translat\w+|dialog(?:ue)?|scene)",
        r"(?:if(?! you (?:can|could|don't mind|would)\b| possible\b)|unless|whenever|when(?! you (?:answer|reply"
        r"|respond|help|suggest))|until|once (?:I|you|we|it|they|he|she|the|my)|suppose|imagine"
        r"|pretend|would(?! (?:like|love)))",
    ),
    inventing=any_of(
        r"(?:imagine|pretend|hypothetical(?:ly)?|fictional|role-?play(?:ing)?)\b",
        r"(?:let's (?:say|suppose|play|assume)|suppose (?:that )?|act as|in (?:this|my|the) (?:story|novel|scene"
        r"|game)|play the role)\b",
    ),
    working_on=any_of(
        r"(?:translat|proof-?read|rephras|paraphras|re-?writ|summari[sz]|spell-?check|punctuat|transcrib)\w*",
        r"(?:correct|edit|improve|fix|analy[sz]e|continue|finish|complete|polish|review|shorten|annotate)"
        r" (?:the |this |my |that |these |those |following )",
        r"(?:reply|respond|answer|react) to (?:the|this|that|these|those|following)"
        r" (?:(?:e-?)?mails?|messages?|letters?|texts?|notes?|posts?|reviews?|comments?)",
        r"(?:what does|what do|meaning of|how (?:do|would) (?:you|I|we) say|write|here(?:'s| is| are)|quote|lyrics"
        r"|email from|letter from)\b",
    ),
    salutation=(
        r"dear (?!(?:assistant|ai|bot|chat\w*|memchat)\b)[\w.' -]{2,40}(?:[,:]|$)|to whom it may concern|(?:subject"
        r"|from|to|sent):\s"
    ),
    sign_off=(
        r"(?:(?:best|kind|warm|warmest|many) (?:regards|wishes)|regards|best|sincerely|yours(?: \w+)?|cheers|love"
        r"|warmly|take care)"
    ),
    points_forward=r"\b(?:following|below|this|these)(?: \w+)?(?: (?:in|into|to|for) \w+)?$|\b(?:following|below)\b",
    points_back=any_of(
        r"\b(?:translate|proof-?read|rephrase|paraphrase|rewrite|summari[sz]e|correct|edit|improve|polish|shorten"
        r"|analy[sz]e|continue)"
        r" (?:this|that|it|all (?:this|that)|the above|(?:the|this|that|my) (?:text|sentence|letter|email|paragraph"
        r"|message|note|speech)"
        r"(?: above)?)(?: please)?(?: (?:in|into|to|for) [\w ]{1,40})?$",
        r"\b(?:sentence|text|letter|email|paragraph|message|lyrics?|quote|poem) above\b",
        r"\bhow (?:do|would|can) (?:you|I|we) (?:say|translate|write) (?:this|that|it)\b",
        r"\bis (?:this|that|it|my (?:sentence|grammar|english)) (?:sentence )?(?:correct|grammatical|right)\b",
        r"\bwh(?:o|ich song) (?:said|wrote|sang|sings) (?:this|that|it)\b|\bwhat does (?:this|that|it) mean\b",
    ),
)
