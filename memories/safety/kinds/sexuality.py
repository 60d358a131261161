"""Sexual orientation, sex life, and being transgender."""

HARMLESS = """
straight forward | straight to | straight from | straight ahead | straight away | straight a student | trans siberian
trans atlantic | transatlantic | queer eye | gay lussac | sex and the city | sex education series | bi weekly
bi monthly
"""

ENGLISH = """
{be} gay | {be} lesbian* | {be} homosexual* | {be} bisexual* | {be} bi | {be} pansexual* | {be} asexual*
{be} aromantic | {be} demisexual | {be} queer | {be} straight | {be} heterosexual* | {be} trans | {be} transgender*
{be} transsexual* | {be} nonbinary | {be} non binary | {be} binary | {be} genderqueer | {be} genderfluid
{be} gender fluid | {be} intersex | {be} polyamorous | {be} lgbt* | {be} virgin | {be} closeted | {be} kinky
lesbian | homosexual | bisexual | pansexual | asexual | transgender | nonbinary | as a gay | as a trans | trans woman
trans man | gay man | gay men | gay couple | same sex | gay son | gay brother | gay sister | gay daughter
came out as | came out to my | coming out to | {my} coming out | {my} sexuality | {my} sexual* | {my} orientation
{my} gender identity | {my} transition | gender dysphoria | gender reassignment | hormone therapy | attracted to men
attracted to women | attracted to both | {my} sex life | sex with | had sex | having sex | have sex | one night stand*
{my} fetish* | {my} kink* | watch porn | watches porn | porn addict* | {my} libido | open relationship | polyamor*
swinger* | on grindr | use grindr | sex worker | {my} affair | an affair with | cheated on my
"""

GERMAN = """
schwul | schwuler | schwule | schwulen | lesbisch* | lesbe | homosexuell* | bisexuell* | pansexuell* | asexuell*
{be} queer | {be} hetero | heterosexuell* | transgender | transsexuell* | {be} trans | transfrau | transmann
trans frau | trans mann | nichtbinar | non binar | {be} intersexuell | {my} coming out | geoutet | {my} sexualitat
{my} sexuelle* | {my} orientierung | stehe auf manner | stehe auf frauen | steht auf manner | steht auf frauen
{my} sexleben | sex mit | sex haben | offene beziehung | polyamor* | fetisch | {my} affare | geschlechtsangleich*
{my} transition | jungfrau bin | {be} noch jungfrau | gleichgeschlechtlich*
"""

FRENCH = """
{be} gay | {be} gays | gay | {be} homo | homosexuel* | lesbienne* | {be} bi | bisexuel* | pansexuel* | asexuel*
{be} queer | {be} hetero | heterosexuel* | transgenre* | transsexuel* | {be} trans | femme trans | homme trans
non binaire* | {my} coming out | {my} sexualite | {my} orientation | {my} vie sexuelle | {my} identite de genre
attire* par les hommes | attire* par les femmes | relation libre | couple libre | polyamour* | libertin*
rapports sexuels | coucher avec | couche avec | {my} amant* | {my} transition de genre | {be} vierge
"""

SPANISH = """
{be} gay | {be} gays | gay | homosexual* | lesbiana* | {be} bi | bisexual* | pansexual* | asexual* | {be} queer
{be} hetero | heterosexual* | transgenero* | transexual* | {be} trans | mujer trans | hombre trans | no binari*
{my} sexualidad | {my} orientacion | {my} vida sexual | {my} identidad de genero | sali del armario
salio del armario | salir del armario | me gustan los hombres | me gustan las mujeres | atraen los hombres
atraen las mujeres | relacion abierta | poliamor* | sexo con | {my} amante | {be} virgen
"""

PORTUGUESE = """
{be} gay | {be} gays | gay | homossexua* | lesbica* | {be} bi | bissexua* | pansexua* | assexua* | {be} queer
{be} hetero | heterossexua* | transgener* | transexua* | {be} trans | mulher trans | homem trans | nao binari*
{my} sexualidade | {my} orientacao | {my} vida sexual | {my} identidade de genero | sai do armario | saiu do armario
sair do armario | gosto de homens | gosto de mulheres | atraido por homens | atraida por mulheres
relacionamento aberto | poliamor* | sexo com | fazer sexo | {my} amante | {be} virgem
"""

CHINESE = """
同性恋|同性戀|双性恋|雙性戀|异性恋|異性戀|无性恋|無性戀|泛性恋|男同|女同|我是同志|是同志|出柜|出櫃|变性|變性|跨性别
跨性別|非二元|性取向|性向|性生活|性别认同|性別認同|喜欢男人|喜欢女人|喜歡男生也喜歡女生|开放式关系|開放式關係|一夜情
出轨|出軌|约炮|約炮|处女_我|我_处男
"""

JAPANESE = """
ゲイです|ゲイで|ゲイだ|ゲイの息子|ゲイであ|レズビアン|同性愛|バイセクシュアル|バイセクシャル|両性愛|異性愛|アセクシュアル
無性愛|パンセクシュアル|トランスジェンダー|トランス女性|トランス男性|性同一性|性別適合|ノンバイナリー|xジェンダー|性的指向
性自認|カミングアウト|同性の恋人|同性パートナー|性生活|セックス|不倫|風俗|童貞|処女です|ポリアモリー|lgbt_です
"""
