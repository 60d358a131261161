"""Small words that the phrases of all kinds share: forms of "to be" and "to have" with what may follow them."""

_ENGLISH_FILL = (
    "a|an|the|very|quite|not|no|longer|also|really|openly|now|still|half|born|deeply|proud|practi[sc]ing|devout|strict"
    "|roman|orthodox|sunni|shia|shiite|liberal|reform|lapsed|ex|former|non|both|clinically|legally|severely|mildly"
    "|chronically|partially|completely|slightly|bit|little|registered|active|lifelong|committed|convinced|currently"
    "|recently|secretly|probably|always|been|from|of|member|so|too|pretty|just|again|all|almost|totally|as|raised"
    "|brought"
    "|up|being"
)
ENGLISH = {
    "be": "(?:am|is|s|are|was|were|be|been|being|became|become|becoming|feel|feels|felt|identify|identifies|came out"
    f"|come out|grew up|raised)(?: (?:{_ENGLISH_FILL})){{0,4}}",
    "have": "(?:have|has|had|having|got|with|of|from|developed|survived|beat|get|gets|caught|for|fighting|suffer"
    "|suffers)"
    "(?: (?:a|an|the|my|his|her|some|severe|serious|mild|chronic|bad|terrible|frequent|very|really|quite|high|low|type"
    "|stage|\\d|one|two|ii|early|acute|from|been|been diagnosed with)){0,3}",
    "my": "(?:my|our|his|her|their|s)(?: (?:new|old|next|last|first|daily|current|former|regular|own|late)){0,2}",
    "who": "(?:i|we|he|she|they)(?: (?:do|did|have|has|am|is|are|was|not|always|never|often|usually|will|would"
    "|also|really"
    "|still|only|both|currently|regularly)){0,3}",
}
GERMAN = {
    "be": "(?:bin|ist|sind|war|waren|wurde|wurden|wird|werde|sei|bleibe|lebe|lebt|ich|er|sie|wir)(?: (?:ein|eine|einer"
    "|ich|auch|sehr|nicht|kein|keine|ganz|jetzt|seit|immer|noch|schon|offen|total|etwas|leicht|schwer|stark|chronisch"
    "|praktizierende?r?|glaubige?r?|strenge?r?|uberzeugte?r?|eher|politisch|aktives?|mitglied|als|fast|beide)){0,4}",
    "have": "(?:habe|hat|haben|hatte|hatten|bekam|bekommen|hab|mit|an|unter|wegen|ich|gegen)(?: (?:ich|er|sie|wir|auch"
    "|eine?n?|starke?s?|schwere?s?|leichte?s?|chronische?s?|oft|haufig|sehr|seit|einem|einer|meine?r?|meinem"
    "|schon)){0,3}",
    "party": "spd|cdu|csu|afd|fdp|grune|grunen|linke|linken|bsw|piraten|volt|ovp|fpo|spo|svp|union",
    "my": "(?:meine?[nmrs]?|unsere?[nmrs]?|seine?[nmrs]?|ihre?[nmrs]?)(?: (?:neue?[nrs]?|alte?[nrs]?"
    "|nachste?[nrs]?)){0,1}",
}
FRENCH = {
    "be": "(?:suis|est|sommes|sont|etais|etait|ete|devenu|devenue|deviens|es)(?: (?:un|une|pas|plus|tres|aussi"
    "|ouvertement"
    "|toujours|maintenant|devenue?|ne|nee|plutot|politiquement|totalement|croyante?|pratiquante?|un peu|legerement"
    "|membre|tous|deux|completement)){0,4}",
    "have": "(?:ai|a|avons|ont|avais|avait|eu|souffre|souffrons|avoir|atteint|atteinte|avec)(?: (?:un|une|le|la"
    "|les|des|du|de"
    "|d|l|eu|encore|toujours|souvent|beaucoup|tres|fait|fais)){0,3}",
    "my": "(?:mon|ma|mes|notre|nos|son|sa|ses)",
}
SPANISH = {
    "be": "(?:soy|es|somos|son|era|fui|fue|estoy|esta|estamos|estaba|hice|hizo|volvi|siento)(?: (?:un|una|muy"
    "|tambien|no"
    "|ya|ahora|abiertamente|practicante|bastante|politicamente|mas|de|poco|desde|siempre|todos|me|parcialmente"
    "|miembro|totalmente)){0,4}",
    "have": "(?:tengo|tiene|tenemos|tienen|tenia|tuve|tuvo|sufro|sufre|padezco|padece|con|de|dio)(?: (?:un|una|el"
    "|la|los|las|de"
    "|del|mucha|mucho|fuerte|cronica|cronico|grave)){0,3}",
    "my": "(?:mi|mis|nuestro|nuestra|nuestros|nuestras|su|sus)",
}
PORTUGUESE = {
    "be": "(?:sou|e|somos|sao|era|fui|foi|estou|esta|estamos|estava|estao|fiquei|virei|ficou)(?: (?:um|uma|muito"
    "|tambem|nao"
    "|ja|agora|abertamente|praticante|bastante|politicamente|mais|de|pouco|desde|sempre|todos|parcialmente|membro"
    "|totalmente)){0,4}",
    "have": "(?:tenho|tem|temos|tinha|tive|teve|sofro|sofre|com|de)(?: (?:um|uma|o|a|os|as|de|do|da|muita|muito"
    "|forte|cronica"
    "|cronico|grave)){0,3}",
    "my": "(?:meu|minha|meus|minhas|nosso|nossa|seu|sua|dele|dela)",
}

# What makes a topic of the word before it: a museum, not a faith; research, not an illness.
TOPICS = """
research researcher researchers documentary documentaries book books film films movie movies museum museums temple
temples portal portals app apps project projects history literature studies study studio conference conferences
paper papers article articles podcast podcasts restaurant restaurants food cuisine art music website charity
charities statistics awareness quarter architecture date dates spot taste tasting
"""
