"""Biometric and genetic data."""

HARMLESS = """
dna of the company | company dna | company s dna | product s dna | team s dna | dna lounge | browser fingerprint*
device fingerprint* | fingerprint reader driver | text fingerprint* | audio fingerprint* | dna der firma
adn de l entreprise | adn de la empresa | dna da empresa | fingerprint is computed
"""

ENGLISH = """
{my} fingerprint* | fingerprint* of my | {my} thumbprint | {my} retina* | retina scan* | iris scan* | {my} iris
{my} face id | {my} faceprint | face scan* | facial scan* | facial recognition of me | {my} voiceprint
{my} voice print | {my} palm print | {my} dna | dna test* | dna sample* | dna results | genetic test* | {my} genome
{my} genes | {my} genetic* | gene mutation | genetic mutation | {have} brca* | brca1 | brca2 | 23andme | ancestrydna
genome sequenc* | haplogroup | biometric passport number | {my} biometric* | biometric data | {my} blood type
{my} blood group | {be} blood type | hereditary | carrier of the gene | chromosome*
"""

GERMAN = """
{my} fingerabdruck* | {my} fingerabdrucke | fingerabdrucke abgegeben | {my} iris | irisscan* | netzhautscan*
gesichtsscan* | {my} gesichtserkennung | {my} stimmabdruck | {my} dna | dna test* | dns test* | dna probe* | gentest*
{my} genom | {my} gene | {my} genetisch* | genmutation* | gendefekt* | {my} biometrisch* | biometrische daten
{my} blutgruppe | blutgruppe ist | erbkrankheit* | chromosom*
"""

FRENCH = """
{my} empreinte* | empreinte* digitale* | {my} iris | scan de l iris | scan de la retine
reconnaissance faciale de mon | {my} empreinte vocale | {my} adn | test* adn | test* d adn | test* genetique*
{my} genome | {my} genes | mutation genetique | {my} donnees biometriques | donnees biometriques | {my} groupe sanguin
groupe sanguin | maladie genetique | chromosome*
"""

SPANISH = """
{my} huella* | huella* dactilar* | huella* digital* | {my} iris | escaner de iris | escaner de retina
{my} reconocimiento facial | {my} huella de voz | {my} adn | prueba* de adn | test de adn | prueba* genetica*
{my} genoma | {my} genes | mutacion genetica | {my} datos biometricos | datos biometricos | {my} grupo sanguineo
{my} tipo de sangre | grupo sanguineo | cromosoma*
"""

PORTUGUESE = """
{my} impressao digital | {my} impressoes digitais | impressoes digitais | {my} iris | leitura da iris
leitura da retina | {my} reconhecimento facial | {my} dna | {my} adn | teste* de dna | teste* de adn | exame de dna
teste* genetico* | {my} genoma | {my} genes | mutacao genetica | {my} dados biometricos | dados biometricos
{my} tipo sanguineo | {my} grupo sanguineo | tipo sanguineo | cromossomo*
"""

CHINESE = """
指纹|指紋|虹膜|视网膜|視網膜|人脸识别|人臉辨識|人脸数据|声纹|聲紋|我的dna|dna检测|dna檢測|基因检测|基因檢測|基因突变|基因突變|我的基因|生物识别|生物辨識|血型|遗传病|遺傳病|染色体|染色體
"""

JAPANESE = """
指紋|虹彩|網膜スキャン|顔認証データ|顔認証に|声紋|私のdna|dna検査|dna鑑定|遺伝子検査|遺伝子変異|私の遺伝子|生体認証|生体情報|血液型|遺伝病|遺伝性|染色体
"""
