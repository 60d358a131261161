"""How an assistant is told what to do, also by those who misuse it: phrases by language, and nothing that runs."""

ENGLISH = {
    "start": "(?:[.,]|and|then|but|also|now|please|assistant|ai)"
    "(?: (?:and|then|also|now|please|kindly|just|must|should|always|immediately|simply|from now on|[.,])){0,3}",
    "pause": "[.,](?: (?:please|now|also|just|and|so|from now on|[.,])){0,3}",
    "previous": "(?:previous|prior|earlier|preceding|above|foregoing|former|existing|other|system|initial|original"
    "|these|those|your|all|any)",
    "instructions": "(?:instructions?|instruction|prompts?|rules?|guidelines?|directions?|directives?|orders?|commands?"
    "|messages?|restrictions?|constraints?|safeguards?|polic(?:y|ies)|programming|training|context|system)",
    "secret": "(?:system prompt|hidden prompt|prompt|instructions|system message|hidden instructions|initial prompt"
    "|configuration|memories|memory|api keys?|secrets?|passwords?|credentials|hidden rules)",
    "tell": "(?:reveal|print|show|output|repeat|disclose|leak|display|dump|expose|recite|give away|write out"
    "|share|list|tell)",
    "outside": "(?:https?|www|e mails?|email|url|webhook|server|endpoint|link|website|site|ftp|address|attacker)",
    "person": "(?:the user|the person|the human|users|anyone|anybody|them|him|her|me|alice|bob|bobby)",
    "reply": "(?:answer|reply|respond|write|speak|talk|say|begin|start|end|finish|include|insert|append|add|put|output"
    "|return|use|call|recommend|suggest|mention|sign)",
}
ENGLISH_PHRASES = """
{start} ignore _ {previous} _ {instructions} | {start} ignore everything | {start} ignore all | {start} ignore what
{start} ignore the above | {start} ignore previous | {start} ignore your | {start} ignore any
ignore all previous | ignore previous instructions | ignore all instructions | ignore the system
ignore _ instructions above | ignore your instructions | ignore your rules
{start} disregard _ {instructions} | {start} disregard all | {start} disregard everything | {start} disregard the
{start} disregard any | disregard previous | disregard all previous | {start} forget _ {instructions}
{start} forget your | {start} forget everything | {start} forget all | {start} override _ {instructions}
{start} bypass _ {instructions} | {start} circumvent _ {instructions}
{start} do not follow | {start} stop following | {start} do not obey | {start} do not comply | {start} obey
{start} follow these | {start} follow the instructions | {start} execute the | {start} execute this
{start} run the following | {start} comply with | {start} carry out the
from now on you | from now on _ {reply} | from this point on | from this moment on you | henceforth you
from now on always | from now on never | from now on act | from now on pretend | from now on call yourself
from now on ignore | from now on do not
you are now | you are no longer | {start} you are a | {start} you are an | you are dan | you are in developer
you are jailbroken | {start} you are free | {start} you are my | you are not allowed | you are allowed
you are required | {start} you are to | {start} you are going to
{start} you must | {start} you shall | {start} you have to | {start} you need to | {start} you ought to
you will always | you will never | you will now | you will answer | you will respond | you will act | you will obey
{start} you may not | you may never | you should always | you should never | you should answer | you should reply
you should respond | you should act | you should ignore | {start} you should not | you always answer
you always reply | you always respond | you never refuse | you can do anything | {start} you cannot refuse
{start} you do not have | you never mention | you always say | you always recommend
{pause} always {reply} in | {pause} always {reply} with | {pause} always {reply} as | {pause} always {reply} to me
{pause} always {reply} like | {pause} always {reply} using | {pause} always {reply} the user
{pause} always {reply} every | {pause} always include | {pause} always recommend | {pause} always say
{pause} always begin | {pause} always start your | {pause} always end your | {pause} always add
{pause} always mention | {pause} always insert | {pause} always append | {pause} always suggest | {pause} always agree
{pause} always obey | {pause} always trust | {pause} always send | {pause} always use | {pause} always call
{pause} always speak | {pause} always write | {pause} always sign
{pause} never mention | {pause} never say | {pause} never tell | {pause} never refuse | {pause} never reveal
{pause} never answer | {pause} never reply | {pause} never recommend | {pause} never warn | {pause} never question
{pause} never ask | {pause} never use
{start} answer only | {start} answer every | {start} answer in | {start} answer all | {start} answer with
{start} answer as | {start} answer like | {start} reply only | {start} reply with | {start} reply in
{start} reply to every | {start} respond only | {start} respond with | {start} respond in | {start} respond as
{start} respond to every | {start} respond like | {start} only answer | {start} only respond | {start} only reply
{start} speak like | {start} speak only | {start} talk like a | {start} say yes to | {start} start every
{start} begin every | {start} end every | {start} begin your | {start} start your | {start} end your
{start} finish every
{start} act as | {start} act like | {start} pretend to | {start} pretend you | {start} pretend that you
{start} roleplay as | {start} role play as | {start} simulate | {start} behave as | {start} behave like a
{start} impersonate | {start} assume the role | {start} take on the role | {start} enter developer mode
{start} enter debug mode | {start} enable developer mode | developer mode | debug mode enabled
{start} switch to _ mode | jailbreak | jailbroken | do anything now
{tell} _ {secret} verbatim | {tell} your _ {secret} | {tell} the system prompt | {tell} the hidden | {tell} the above
{start} {tell} the _ {secret} | {start} {tell} all _ {secret} | {start} {tell} all _ memories
{start} {tell} everything above | {start} {tell} the words above | system prompt | hidden prompt | hidden instructions
{start} {tell} me your | what are your instructions
{start} do not tell {person} | {start} do not inform | {start} do not mention | {start} do not reveal
{start} do not say | {start} do not warn | {start} do not let {person} | {start} do not ask | {start} do not refuse
{start} do not answer | {start} do not reply | {start} do not use | {start} hide this from | {start} hide this
{start} conceal | {start} keep this secret | {start} keep this from | {start} lie to | {start} tell {person} that
{start} tell {person} to | {start} convince {person} | {start} trick {person} | {start} deceive
{start} persuade {person} | {start} ask {person} for | {start} ask {person} to | without telling {person}
without informing {person} | without the user
{start} send _ to {outside} | {start} send _ to _ {outside} | {start} send _ _ to {outside}
{start} post _ to {outside} | {start} post _ to _ {outside} | {start} upload _ to {outside}
{start} upload _ to _ {outside} | {start} forward _ to {outside} | {start} forward _ to _ {outside}
{start} email _ to | {start} e mail _ to | {start} exfiltrate | {start} leak | {start} fetch {outside}
{start} open _ {outside} | {start} visit {outside} | {start} make a request to | {start} send all _
{start} send every _ | {start} send the _ conversation | {start} send the user | {start} send my | {start} send your
{start} transmit | {start} render an image | {start} include this link | {start} include the link
{start} insert this link | {start} append this image | {start} load the image
{start} call the tool | {start} call the function | {start} use the tool | {start} use your tools | {start} invoke the
{start} delete all | {start} delete every | {start} delete the | {start} erase all | {start} remember to always
{start} store the following | {start} save this as | {start} add this to your | {start} update your instructions
{start} update your system | {start} change your | {start} set your | new instructions | new system prompt | new rules
updated instructions | important instructions | system override | admin override | system update | system note
system notice | administrator access | end of instructions | end of prompt | begin instructions
the following instructions | instructions for the assistant | instruction for the assistant | note to the assistant
note to the ai | message to the ai | attention ai | dear ai | dear assistant | the assistant must
the assistant should | the assistant will | the assistant shall | the ai must | the ai should | the ai will
the model must | the model should | assistant must | assistants must | assistant should | when asked _ say
when the user asks | if the user asks | if asked about | whenever the user | whenever you | {pause} when you answer
{pause} when you reply | {pause} when you respond | i want you to | would like you to | need you to | expect you to
want the assistant to | wants you to | prefers that you | you to always | you to never | every time you
each time you | in every reply | in every answer | in all your answers | in your replies | in each response
in every response | your new role | your new name | your task is | your job is | your goal is | your only goal
your purpose is | your instructions are | your rules are | your response must | your answer must | your reply must
your answers must
"""

GERMAN = {
    "start": "(?:[.,]|bitte|assistent|ki)(?: (?:bitte|dann|jetzt|auch|nun|sofort|ab sofort|[.,])){0,3}",
    "rules": "(?:anweisung|anweisungen|instruktionen|regeln|vorgaben|befehle|anleitung|system|richtlinien|prompts?)",
}
GERMAN_PHRASES = """
ignoriere _ {rules} | ignorier _ {rules} | ignorieren sie _ {rules} | {start} ignoriere alle*
{start} ignoriere alles | {start} ignoriere die vorherigen | vergiss _ {rules} | vergiss alles bisherige
{start} missachte | {start} umgehe _ {rules} | uberschreibe _ {rules} | ab jetzt bist du | von nun an bist du
ab sofort bist du | du bist jetzt | du bist ab jetzt | {start} du bist ein | {start} du bist eine | du bist nicht mehr
von nun an antworte | ab jetzt antworte | ab sofort antworte | ab jetzt sollst du | {start} du musst
{start} du sollst | {start} du darfst | {start} du wirst | sie mussen immer | du antwortest | du sagst immer
{start} antworte immer | {start} antworte nur | {start} antworte stets | {start} antworte ab jetzt
{start} antworte auf | {start} antworte in | {start} antworte mit | {start} antworte wie | {start} antworten sie immer
{start} antworten sie nur | {start} sage immer | {start} sag immer | {start} schreibe immer | {start} schreib immer
{start} sprich immer | {start} sprich wie | {start} empfiehl immer | {start} beginne jede | {start} beende jede
immer auf deutsch antworten bitte | {start} verhalte dich | {start} tu so als | {start} spiele die rolle
{start} benimm dich | {start} gib dich als | {start} zeige _ systemprompt | {start} zeige mir deine* | {start} verrate
{start} gib _ systemprompt | {start} gib alle | systemprompt | system prompt | {start} wiederhole _ {rules}
{start} sag dem nutzer nicht* | {start} sage dem benutzer | {start} sag dem benutzer | {start} sag dem nutzer
{start} sage dem nutzer | {start} verschweige | {start} erwahne nie | {start} erwahne nicht | {start} luge
{start} sende _ an http* | {start} sende alle | {start} schicke _ an http* | {start} schicke alle | {start} sende den
{start} leite _ weiter | {start} losche alle | {start} befolge | {start} fuhre _ aus | neue anweisung
neue anweisungen | anweisung an die ki | hinweis an die ki | der assistent muss | der assistent soll | die ki muss
die ki soll | wenn der nutzer fragt | wenn der benutzer fragt | in jeder antwort | deine aufgabe ist
deine neue rolle
"""

FRENCH = {
    "start": "(?:[.,]|assistant)(?: (?:s il te plait|maintenant|toujours|aussi|[.,])){0,3}",
    "rules": "(?:instruction|instructions|consigne|consignes|regles|directives|ordres|prompt|systeme|contraintes)",
}
FRENCH_PHRASES = """
ignore _ {rules} | ignorez _ {rules} | ignorer _ {rules} precedentes | {start} ignore tout | {start} ignorez tout
oublie _ {rules} | oubliez _ {rules} | {start} oublie tout ce qui precede | {start} contourne _ {rules} | desormais tu
a partir de maintenant tu | a partir de maintenant vous | dorenavant tu | dorenavant reponds | desormais reponds
a partir de maintenant reponds | tu es maintenant | tu es desormais | vous etes maintenant | {start} tu es un
{start} tu es une | tu n es plus | {start} tu dois | {start} vous devez | {start} tu devras | {start} tu ne dois
tu repondras | tu reponds toujours | {start} reponds toujours | {start} reponds uniquement | {start} reponds seulement
{start} reponds en | {start} reponds par | {start} reponds comme | {start} repondez toujours
{start} repondez uniquement | {start} repondez en | {start} reponds a chaque | {start} dis toujours
{start} ecris toujours | {start} parle comme | {start} recommande toujours | {start} commence chaque
{start} termine chaque | {start} agis comme | {start} agissez comme | {start} comporte toi | {start} fais semblant
{start} joue le role | {start} fais comme si tu | {start} revele | {start} revelez | {start} affiche _ prompt
{start} affiche les instructions | {start} montre moi ton prompt | {start} montre tes | {start} repete _ {rules}
prompt systeme | invite systeme | message systeme | {start} ne dis pas a | {start} ne dis jamais
{start} ne dis rien a | {start} ne mentionne | {start} ne revele | {start} ne refuse jamais | {start} cache
{start} mens | {start} dis a l utilisateur | {start} envoie _ a http* | {start} envoie _ _ a http*
{start} envoie toutes | {start} envoie tous | {start} envoyez _ http* | {start} transmets | {start} supprime tout*
{start} efface tout* | {start} execute | {start} obeis | {start} suis ces | nouvelles instructions
nouvelle instruction | nouvelles consignes | note a l assistant | instruction pour l assistant | l assistant doit
l ia doit | quand l utilisateur | si l utilisateur | dans chaque reponse | ta tache est | ton nouveau role
"""

SPANISH = {
    "start": "(?:[.,]|asistente|por favor)(?: (?:por favor|ahora|siempre|tambien|[.,])){0,3}",
    "rules": "(?:instruccion|instrucciones|reglas|indicaciones|ordenes|directrices|prompt|sistema|restricciones"
    "|normas)",
}
SPANISH_PHRASES = """
ignora _ {rules} | ignore _ {rules} anteriores | ignore las {rules} | ignorar _ {rules} anteriores
{start} ignora todo* | {start} ignora lo | {start} olvida _ {rules} | {start} olvida todo lo anterior
{start} omite _ {rules} | {start} desobedece | a partir de ahora eres | a partir de ahora responde*
a partir de ahora debes | a partir de ahora tu | de ahora en adelante eres | de ahora en adelante responde*
de ahora en adelante debes | desde ahora eres | ahora eres | ya no eres | {start} eres un | {start} eres una
{start} tu eres | {start} tienes que | {start} debes | debe responder | {start} deberas | {start} no debes
{start} responde siempre | {start} siempre responde | {start} responde solo | {start} responde unicamente
{start} responde en | {start} responde con | {start} responde como | {start} responda siempre | {start} responda en
{start} contesta siempre | {start} contesta solo | {start} contesta en | {start} di siempre | {start} escribe siempre
{start} habla como | {start} recomienda siempre | {start} empieza cada | {start} termina cada | {start} actua como
{start} comportate | {start} finge | {start} haz como si | {start} simula | {start} revela | {start} revele
{start} muestra _ prompt | {start} muestra tus | {start} muestrame tus | {start} muestrame tu prompt
{start} repite _ {rules} | prompt del sistema | mensaje del sistema | {start} no le digas | {start} no digas
{start} no se lo digas | {start} no menciones | {start} no reveles | {start} no rechaces | {start} nunca digas
{start} nunca menciones | {start} oculta | {start} miente | {start} dile al usuario | {start} envia _ a http*
{start} envia _ _ a http* | {start} envia todas | {start} envia todos | {start} manda todas | {start} manda todos
{start} reenvia | {start} borra todo* | {start} elimina todo* | {start} ejecuta | {start} obedece
{start} sigue estas | nuevas instrucciones | nueva instruccion | nota para el asistente
instrucciones para el asistente | el asistente debe | la ia debe | cuando el usuario | si el usuario
en cada respuesta | tu tarea es | tu nuevo rol
"""

PORTUGUESE = {
    "start": "(?:[.,]|assistente|por favor)(?: (?:por favor|agora|sempre|tambem|[.,])){0,3}",
    "rules": "(?:instrucao|instrucoes|regras|indicacoes|ordens|diretrizes|prompt|sistema|restricoes|comandos)",
}
PORTUGUESE_PHRASES = """
ignore _ {rules} anteriores | ignore as {rules} | ignore todas as {rules} | ignora _ {rules}
ignorar _ {rules} anteriores | {start} ignore todo* | {start} ignore toda* | {start} ignore tudo | {start} ignora tudo
{start} esqueca _ {rules} | {start} esquece _ {rules} | {start} esqueca tudo | {start} desconsidere | {start} contorne
a partir de agora voce | a partir de agora tu | a partir de agora responda | a partir de agora responde
a partir de agora es | de agora em diante voce | de agora em diante responda | de agora em diante responde
agora voce e | voce agora e | {start} voce e um | {start} voce e uma | voce nao e mais | {start} tu es um
{start} voce deve | {start} voce tem que | {start} voce precisa | {start} deves | {start} tens de
{start} voce nao deve | {start} voce vai | {start} responda sempre | {start} sempre responda | {start} responda apenas
{start} responda somente | {start} responda em | {start} responda com | {start} responda como
{start} responde sempre | {start} responde apenas | {start} responde em | {start} responde com | {start} diga sempre
{start} escreva sempre | {start} fale como | {start} recomende sempre | {start} comece cada | {start} termine cada
{start} aja como | {start} age como | {start} atue como | {start} comporte se | {start} finja | {start} finge
{start} simule | {start} revele | {start} revela | {start} mostre _ prompt | {start} mostre suas
{start} mostre as suas | {start} mostre me o seu | {start} repita _ {rules} | prompt do sistema | mensagem do sistema
{start} nao diga | {start} nao digas | {start} nao conte | {start} nao mencione | {start} nao revele
{start} nao recuse | {start} nunca diga | {start} nunca mencione | {start} oculte | {start} esconda | {start} minta
{start} diga ao usuario | {start} diga ao utilizador | {start} envie _ para http* | {start} envie _ _ para http*
{start} envie todas | {start} envie todos | {start} envia todas | {start} envia todos | {start} encaminhe
{start} apague todo* | {start} apague toda* | {start} exclua todo* | {start} execute | {start} obedeca
{start} siga estas | novas instrucoes | nova instrucao | nota para o assistente | instrucoes para o assistente
o assistente deve | a ia deve | quando o usuario | se o usuario | em cada resposta | sua tarefa e | seu novo papel
"""

CHINESE_PHRASES = """
忽略_指令|忽略_指示|忽略_规则|忽略_規則|忽略_提示|忽略以上|忽略上面|忽略之前|忽略前面|无视_指令|無視_指令
无视_规则|无视以上|不要理会_指令|忘记_指令|忘记_指示|忘記_指令|忘记之前的|忘掉_指令|从现在起你|从现在开始你
從現在起你|從現在開始你|从现在起_回答|从现在开始_回答|从今以后你|從今以後你|今后你|你现在是|你現在是|你不再是|你是一个
你是一個|你必须|你必須|你应该|你應該|你要|你需要|你不能|你不得|你只能|您必须|请你扮演|扮演一个|扮演|假装你|假裝你
假设你是|请始终|請始終|始终用|始終用|总是用_回答|總是用_回答|总是回答|请总是|请一直用|只用_回答|只能用_回答
用_回答我|用_回答所有|每次回答|每次回复|每次回覆|在每个回答|回答时必须|回答必须|回复必须|永远不要|永遠不要|绝不要
不要告诉用户|不要告訴用戶|别告诉用户|不要让用户|不要提及|不要透露|不要拒绝|对用户隐瞒|欺骗用户|告诉用户|告訴用戶
当用户_时|如果用户问|系统提示词|系統提示詞|系统提示|系統提示|系统消息|系统指令|系統指令|泄露_提示|显示你的_提示
输出你的_指令|输出以上|重复以上|透露_提示|发送到http|发送给http|发到http|傳送到http|把_发送到|把_發送到
把_发给|上传到|转发给|删除所有记忆|刪除所有記憶|执行以下|執行以下|服从我|遵守以下|新的指令|新指令|新的指示|给助手的
給助手的|助手必须|助手應該|助手应该|开发者模式|開發者模式|越狱模式|你的任务是|你的任務是|你的新角色
"""

JAPANESE_PHRASES = """
指示を無視|指示は無視|指示をすべて無視|ルールを無視|命令を無視|制限を無視|プロンプトを無視|以上を無視|上記を無視
以前の_無視|これまでの_無視|前の指示を忘れ|指示を忘れ|ルールを忘れ|これからあなたは|今からあなたは|今後あなたは
あなたは今から|あなたはこれから|あなたは今|あなたは_です|あなたは_として|あなたは_なければ|あなたは_しなさい|お前は今から
君は今から|常に_答え|常に_回答|常に_返答|常に_話し|常に_使|いつも_答えて|いつも_答えなさい|いつも_返事して
必ず_答え|必ず_回答|必ず_返答|必ず_と言|だけで答え|のみで答え|で答えてください|で答えなさい|で回答してください
で返答してください|今後は_答えて|今後は_回答|これからは_答えて|これからは_回答|すべての質問に|すべての返事|毎回_答え
毎回の返答|返答の最後|回答の最初|のふりをし|になりきって|として振る舞|として行動し|を演じ|ロールプレイ|システムプロンプト
システムメッセージ|システム指示|プロンプトを表示|プロンプトを教え|プロンプトを開示|プロンプトを出力|指示を表示|指示を出力
上の文章を繰り返|ユーザーに言わない|ユーザーには言わない|ユーザーに教えない|ユーザーに伝えない|ユーザーに知らせ|ユーザーを騙
ユーザーに_と伝え|秘密にして|言わないでください|絶対に_言わない|絶対に拒否|拒否しないで|決して_言うな|に送信して
に送信しなさい|に送れ|へ送信|に転送し|記憶を全て削除|記憶をすべて削除|次の指示に従|以下の指示に従|命令に従|従いなさい
従ってください|実行しなさい|新しい指示|新しい命令|アシスタントへの|アシスタントは_なければ|アシスタントは必ず|aiへの指示
aiは必ず|開発者モード|デバッグモード|脱獄|ユーザーが_聞いたら|ユーザーが_尋ね|あなたの任務|あなたの役割|あなたの仕事は
"""
