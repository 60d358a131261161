"""Membership of a trade union, and what members do."""

HARMLESS = """
european union | soviet union | western union | union square | union station | union types | credit union
rugby union | student union building | student union | union jack | sql union | union all
"""

ENGLISH = """
trade union* | labor union* | labour union* | {my} union | {my} unions | union member* | union rep | union reps
union representative | union steward | shop steward* | union dues | union meeting* | union organi* | {be} unionised
{be} unionized | unioniz* | unionis* | union card | {be} in a union | {be} in the union | member of a union
member of the union | member of unite | member of unison | join a union | joined a union | joined the union
joined my union | joining a union | left the union
member of ver . di | in ver . di | member of verdi | member of ig metall | ig metall | teamsters | afl cio | seiu
united auto workers | uaw | national education union | member of the neu | member of gmb | works council* | on strike
went on strike | strike fund | striking with | picket line* | wildcat strike
"""

GERMAN = """
gewerkschaft* | gewerkschafter* | ver . di | verdi mitglied | bei verdi | in der verdi | ig metall | ig bau | ig bce
{be} bei der gew | mitglied der gew | mitglied der ngg | betriebsrat* | personalrat | vertrauensleut* | vertrauensmann
streike | gestreikt | im streik | streikgeld | warnstreik*
"""

FRENCH = """
syndicat | syndicats | syndique* | syndicaliste* | syndical | syndicale | {be} a la cgt | membre de la cgt
adherent* a la cgt | adherent* a la cfdt | la cgt | la cfdt | force ouvriere | sud solidaires | delegue* du personnel
delegue* syndical* | comite d entreprise | {be} en greve | fait greve | fais greve | fais la greve | fait la greve
piquet de greve | caisse de greve
"""

SPANISH = """
sindicato | sindicatos | sindicalista* | sindicad* | sindicaliz* | afiliad* a ccoo | afiliad* a ugt
afiliad* a comisiones | comisiones obreras | de la ugt | de ccoo | de la cgt | delegad* sindical* | comite de empresa
cuota sindical | {be} en huelga | hice huelga | hago huelga | hizo huelga | piquete
"""

PORTUGUESE = """
sindicato | sindicatos | sindicalista* | sindicalizad* | sindicalizei | filiad* a cut | filiad* a cgtp | cgtp
{be} da cut | delegad* sindical | dirigente sindical | contribuicao sindical | comissao de trabalhadores
{be} em greve | fiz greve | faco greve | fez greve | piquete
"""

CHINESE = """
工会|工會|罢工|罷工|职工代表|職工代表|勞工團體|劳工团体
"""

JAPANESE = """
労働組合|労組|組合員|組合に加入|組合に入|組合の役員|組合活動|組合費|ストライキ|ユニオンに加入|連合に加盟
"""
