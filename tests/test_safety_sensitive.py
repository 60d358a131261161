"""Which statements people are asked about before they are remembered, in tables of both."""

from __future__ import annotations

import time

import pytest

from memories.models import Sensitive
from memories.safety.sensitive import sensitive_kind

ASKED = {
    Sensitive.HEALTH: """
        my son has asthma
        I have type 2 diabetes
        I'm allergic to penicillin
        Bob was diagnosed with depression
        I take medication for my blood pressure
        My wife is pregnant
        I use a wheelchair
        I'm deaf in one ear
        I had surgery on my knee in May
        I see a therapist every Tuesday
        I have a therapist
        I take metformin twice a day
        Ich nehme Sertralin
        Tomo metformina
        I go to AA meetings
        We are trying for a baby
        Ich mache eine Therapie
        My mother has Alzheimer's
        I am a recovering alcoholic
        I broke my leg
        I’ve had HIV since 2010
        My sister Anna has ADHD
        She is blind
        I am chronically ill
        My doctor prescribed antidepressants
        Ich habe Diabetes
        Meine Tochter ist gegen Nüsse allergisch
        Ich bin schwanger
        Mein Vater hatte einen Schlaganfall
        Ich habe eine Erdnussallergie
        Bei mir wurde Brustkrebs festgestellt
        Ich sitze im Rollstuhl
        Ich bin krankgeschrieben
        Je suis diabétique
        Mon fils a de l'asthme
        Je suis enceinte de trois mois
        Je prends des médicaments
        Ma mère a un cancer
        Tengo diabetes
        Mi hija es celíaca
        Estoy embarazada
        Sufro de depresión
        Soy alérgico a las nueces
        Tenho diabetes
        Minha filha tem asma
        Estou grávida
        Faço terapia
        Sou alérgico a amendoim
        我有糖尿病
        我对花生过敏
        我妈妈得了癌症
        我怀孕了
        我上个月做了手术
        我得了抑郁症
        我對花生過敏
        私は糖尿病です
        息子は喘息があります
        卵アレルギーがあります
        妊娠しています
        先月手術を受けました
        うつ病と診断されました
    """,
    Sensitive.RELIGION: """
        I'm Muslim
        I am a practising Catholic
        I grew up Jewish
        My wife is Hindu
        We are atheists
        I go to church every Sunday
        I keep kosher
        I only eat halal: halal only, please
        I converted to Islam
        I don't believe in God
        Ich bin katholisch
        Ich bin Muslimin
        Ich glaube an Gott
        Ich bin aus der Kirche ausgetreten
        Je suis musulman
        Je ne suis pas croyante
        Je vais à la messe
        Soy católico
        Soy atea
        Voy a misa los domingos
        Sou evangélica
        Sou católico praticante
        Vou à missa
        我是基督徒
        我信佛
        我是穆斯林
        我周日去教堂
        私はクリスチャンです
        私は仏教徒です
        毎週日曜に教会に行きます
    """,
    Sensitive.POLITICS: """
        I voted for the Greens
        I am a member of the Labour Party
        I'm a socialist
        I always vote Republican
        My politics are left of centre
        I support Trump
        I am a Democrat
        Ich wähle die SPD
        Ich bin Mitglied der CDU
        Ich habe die Grünen gewählt
        Ich bin politisch eher konservativ
        J'ai voté pour Macron
        Je suis de gauche
        Je suis membre du parti socialiste
        Voté por el PSOE
        Soy de izquierdas
        Soy militante de Podemos
        Votei no Lula
        Sou de direita
        Sou filiado ao PT
        我是共产党员
        我投票给民进党
        我支持特朗普
        自民党に投票しました
        私は共産党の党員です
        デモに参加しました
    """,
    Sensitive.SEXUALITY: """
        I'm gay
        I am a lesbian
        My brother is bisexual
        I came out to my parents
        I'm a trans woman
        My son is transgender
        I am non-binary
        I'm attracted to men
        We have an open relationship
        Ich bin schwul
        Ich bin lesbisch
        Ich stehe auf Frauen
        Je suis homosexuel
        Je suis lesbienne
        Je suis bi
        Soy gay
        Soy lesbiana
        Salí del armario
        Sou gay
        Sou bissexual
        Sou lésbica
        我是同性恋
        我是同志
        我出柜了
        私はゲイです
        私はレズビアンです
        私はトランスジェンダーです
    """,
    Sensitive.UNION: """
        I am a member of ver.di
        I joined the union last year
        I'm a shop steward
        I pay union dues
        I was on strike in May
        I am in IG Metall
        Ich bin in der Gewerkschaft
        Ich bin Gewerkschafter
        Ich bin im Betriebsrat
        Je suis syndiqué
        Je suis à la CGT
        Je suis délégué syndical
        Estoy afiliado a CCOO
        Soy sindicalista
        Sou sindicalizado
        Sou filiado à CUT
        我是工会会员
        我參加了罷工
        労働組合に入っています
        組合員です
    """,
    Sensitive.BIOMETRICS: """
        My blood type is 0 negative
        My fingerprints were taken
        My DNA test came back
        I carry the BRCA1 mutation
        My 23andMe results say so
        Meine Blutgruppe ist A
        Ich habe einen Gentest gemacht
        Mon groupe sanguin est A
        J'ai fait un test ADN
        Mi grupo sanguíneo es A
        Me hice una prueba de ADN
        Meu tipo sanguíneo é A
        Fiz um teste de DNA
        我的血型是A型
        我做了基因检测
        血液型はA型です
        指紋を登録しました
    """,
    Sensitive.ORIGIN: """
        I'm mixed race
        I am a Black woman
        My ethnicity is Kurdish
        Ich bin Kurde
        Je suis métisse
        Soy mestizo
        Sou indígena
        我是少数民族
        私はアイヌです
    """,
}

NOT_ASKED = """
I work in a hospital
I am a doctor
I'm a nurse
My sister is a doctor in Hamburg
I lead the patient portal project
I like a healthy breakfast
My birthday party is on Friday
I like cancer research documentaries
I studied medicine
I love the Great Depression photographs
I drink green tea
I turn a blind eye to dust
We had a blind date
I am sick of meetings
I live in the European Union
I like Union Square
I read about the history of churches
I visited a Buddhist temple
The Jewish Museum is near my office
My brother Christian lives in Rome
I like Christian Dior
I'm a liberal arts student
I work as a conservative restorer of paintings
My team votes on names
We have a party every summer
My straight answer is no
I walk straight home
I use transatlantic flights
I disabled the alarm
My phone has a fingerprint reader
Our company's DNA is speed
My favourite colour is black
I like black coffee
I live in a white house
My dog is called Rex
I live in Oslo
My name is Bob
I am 34 years old
I like cold brew
The operation of the machine is my job
I do yoga and go running
I eat vegetarian food
I sleep eight hours
I read the heart of darkness
My flight is on 3 May
I strike a balance
I speak Arabic
I come from Turkey
I hate Mondays
My favourite film is Rocky
I have a stroke of luck
I go to the gym
I'm straight to the point
I work for a charity
My mass is in kilograms in this simulation
I am into union types and SQL
I play the organ
Ich arbeite im Krankenhaus
Ich bin Arzt
Ich mag ein gesundes Frühstück
Meine Party ist am Freitag
Ich wähle Tee
Ich wohne in Wien
Ich trinke alkoholfreies Bier
Ich heiße Bob
Ich mag Kirchen in Rom
Mein Sohn heißt Christian
Ich gehe rechts herum
Je travaille à l'hôpital
Je suis médecin
J'aime le petit déjeuner
J'habite à Paris
Je fais une fête samedi
Je vote demain avec mon équipe le nom du projet
Je tourne à gauche
Trabajo en un hospital
Soy médica
Vivo en Madrid
Mi fiesta es el viernes
Me gusta el té verde
Giro a la izquierda
Trabalho num hospital
Sou médico
Moro em Lisboa
Minha festa é na sexta
Gosto de chá verde
Meu nome é Bob
我在医院工作
我是医生
我喜欢健康的早餐
我住在奥斯陆
我叫鲍勃
星期五有生日派对
我喜欢绿茶
病院で働いています
私は医者です
健康的な朝食が好きです
オスロに住んでいます
誕生日パーティーは金曜日です
私の名前はボブです
緑茶が好きです
""".strip().splitlines()

HOSTILE = ["a", "am a ", "I have ", "i am gay research ", "is a very very ", " . ", "我", "は", "é", "cancer research "]
HOSTILE += ["my new old last "]
HOSTILE += ["'s ", "krebs", "diabet", "一-龥", "\u0430", "i voted ", "{be} ", "*", "ver.di", "，", "\u200d"]


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text.strip()) for kind, texts in ASKED.items() for text in texts.strip().splitlines()]
)
def test_a_statement_of_a_sensitive_kind_is_asked_about(kind, text):
    assert sensitive_kind(text) == kind


@pytest.mark.parametrize("text", NOT_ASKED)
def test_a_harmless_statement_is_not(text):
    assert sensitive_kind(text) is None


def test_no_invisible_or_lookalike_letter_hides_a_kind():
    assert sensitive_kind("I have dia\u200bbetes") == Sensitive.HEALTH
    assert sensitive_kind("I have ｄｉａｂｅｔｅｓ") == Sensitive.HEALTH
    assert sensitive_kind("I have diаbetеs") == Sensitive.HEALTH
    assert sensitive_kind("SOY CATOLICO") == Sensitive.RELIGION


def test_what_is_harmless_does_not_cover_what_is_not():
    assert sensitive_kind("I like cancer research, and I have cancer") == Sensitive.HEALTH
    assert sensitive_kind("cancer research " * 100 + "I have cancer") == Sensitive.HEALTH


@pytest.mark.parametrize("unit", HOSTILE, ids=repr)
def test_hostile_text_is_read_in_no_time(unit):
    text = (unit * 4_000)[:4_000]
    sensitive_kind(text)
    took = []
    for _ in range(3):
        start = time.process_time()
        sensitive_kind(text)
        took.append(time.process_time() - start)
    assert min(took) < 0.02
