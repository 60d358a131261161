"""Ethnic origin: what people are or descend from, not where they live or which passport they have."""

HARMLESS = """
black coffee | black forest | black friday | white wine | white house | asian food | latin america trip | black belt
"""

ENGLISH = """
{my} ethnicity | {my} ethnic* | {my} race | ethnically | mixed race | {be} biracial | {be} black man
{be} black woman | {who} black | {be} a black | {be} african american | {be} caucasian | {be} white man
{be} white woman | {be} hispanic | {be} latino | {be} latina | {be} latinx | {be} indigenous | {be} native american
{be} aboriginal | {be} maori | {be} inuit | {be} romani | {be} gypsy | {be} kurdish | {be} kurd | {be} uyghur
{be} uighur | {be} roma | {be} arab | {be} asian american | {be} person of colour | {be} person of color
person of color | person of colour
african descent | asian descent | jewish descent | turkish descent | arab descent | indian descent | of mixed descent
roots are in | {my} skin colour | {my} skin color | {my} ancestry | {my} ancestors were
"""

GERMAN = """
{my} ethnische* | {my} ethnie | {be} schwarz | {be} schwarze frau | {be} schwarzer mann | {be} afrodeutsch*
{be} kurd* | {be} sinti | {be} roma | {be} sorbe | {be} sorbisch | {be} araber* | {be} person of color
migrationshintergrund | {my} hautfarbe | {my} abstammung | kurdischer abstammung | turkischer abstammung
judischer abstammung | arabischer abstammung | {my} wurzeln
"""

FRENCH = """
{my} ethnie | {my} origine* ethnique* | {be} noir | {be} noire | {be} metis | {be} metisse | {be} arabe
{be} maghrebin* | {be} kabyle | {be} berbere | {be} kurde | {be} rom | {be} tzigane | d origine africaine
d origine arabe | d origine maghrebine | d origine juive | {my} couleur de peau
"""

SPANISH = """
{my} etnia | {my} origen etnico | {be} negro | {be} negra | {be} mestizo | {be} mestiza | {be} mulat* | {be} gitan*
{be} indigena* | {be} mapuche | {be} quechua | {be} maya | {be} arabe | {be} afrodescendiente | ascendencia africana
ascendencia arabe | ascendencia indigena | ascendencia judia | {my} color de piel
"""

PORTUGUESE = """
{my} etnia | {my} origem etnica | {be} negro | {be} negra | {be} pardo | {be} parda | {be} mestic* | {be} mulat*
{be} cigan* | {be} indigena* | {be} arabe | {be} afrodescendente | ascendencia africana | ascendencia arabe
ascendencia indigena | ascendencia judaica | {my} cor de pele | {my} cor da pele
"""

CHINESE = """
少数民族|少數民族|我是维吾尔|维吾尔族|維吾爾族|我是藏族|我是回族|我是壮族|我是苗族|我是满族|我是蒙古族|我是汉族|我是漢族|原住民|我是黑人|我是白人|混血|我的民族|我的种族|我的種族|肤色|膚色|血统|血統
"""

JAPANESE = """
アイヌ|在日韓国|在日朝鮮|部落出身|黒人です|白人です|ハーフです|ハーフで|混血|民族は|私の民族|私の人種|肌の色|先住民
"""
