"""Whose a domain is: the organisation behind it, whether strangers share it, and whether a proven
domain stands for that of From.

Domains are lower-case A-labels without a trailing dot, as `mailgate.mail.address` writes them;
other spellings are brought to that form as far as it goes. The list of public suffixes is the
copy that comes with the library: nothing is asked of the network, and the same release always
decides the same.
"""

from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

from mailgate.mail.proofs import Alignment

MAX_DOMAIN_OCTETS = 255
"""RFC 5321 §4.5.3.1.2."""

_BRANDS = frozenset(["aol", "gmx", "hotmail", "outlook", "rediffmail", "yahoo", "yandex", "ymail"])
"""Providers that stand under many suffixes by one name: yahoo.co.jp, hotmail.fr, gmx.net."""

_BY_REGION = {
    "worldwide": """
        gmail.com googlemail.com icloud.com me.com mac.com live.com msn.com passport.com
        windowslive.com live.at live.be live.ca live.cl live.cn live.co.kr live.co.uk live.co.za
        live.com.ar live.com.au live.com.mx live.com.my live.com.ph live.com.pt live.com.sg live.de
        live.dk live.fi live.fr live.hk live.ie live.in live.it live.jp live.nl live.no live.ru
        live.se aim.com rocketmail.com
    """,
    "in the USA": """
        att.net bellsouth.net comcast.net cox.net charter.net earthlink.net sbcglobal.net
        verizon.net juno.com netzero.net mail.com email.com usa.com
    """,
    "for the private and the hidden": """
        proton.me protonmail.com protonmail.ch pm.me tuta.com tuta.io tutanota.com tutanota.de
        tutamail.com keemail.me fastmail.com fastmail.fm hey.com hushmail.com zoho.com zohomail.com
        zohomail.eu zohomail.in mailbox.org posteo.de posteo.net disroot.org riseup.net duck.com
        mozmail.com simplelogin.com anonaddy.me addy.io runbox.com startmail.com
    """,
    "in Korea": """
        naver.com hanmail.net daum.net kakao.com nate.com empas.com empal.com lycos.co.kr korea.com
        dreamwiz.com paran.com chol.com hanmir.com hitel.net unitel.co.kr freechal.com hanafos.com
        netian.com
    """,
    "in Japan": """
        docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp softbank.jp ybb.ne.jp biglobe.ne.jp nifty.com
        excite.co.jp goo.jp ocn.ne.jp so-net.ne.jp plala.or.jp
    """,
    "in China, Taiwan and Hong Kong": """
        qq.com foxmail.com 163.com 126.com yeah.net 188.com sina.com sina.cn sina.com.cn sohu.com
        tom.com 21cn.com 139.com 189.cn wo.cn aliyun.com hinet.net seed.net.tw pchome.com.tw
        netvigator.com
    """,
    "in Germany, Austria and Switzerland": """
        web.de t-online.de freenet.de arcor.de 1und1.de online.de email.de bluewin.ch hispeed.ch
        sunrise.ch aon.at chello.at
    """,
    "in France": "orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr numericable.fr",
    "in Italy, Spain and Portugal": """
        libero.it virgilio.it tiscali.it alice.it tin.it tim.it iol.it fastwebnet.it terra.es
        telefonica.net sapo.pt
    """,
    "in Britain": """
        btinternet.com btopenworld.com ntlworld.com virginmedia.com sky.com talktalk.net
        blueyonder.co.uk
    """,
    "in the Netherlands and Belgium": """
        planet.nl ziggo.nl kpnmail.nl xs4all.nl home.nl hetnet.nl telenet.be skynet.be
    """,
    "in Poland": """
        wp.pl o2.pl onet.pl onet.eu op.pl interia.pl interia.eu poczta.fm gazeta.pl tlen.pl
    """,
    "in the east of Europe": """
        seznam.cz email.cz centrum.cz post.cz atlas.cz azet.sk centrum.sk freemail.hu citromail.hu
        abv.bg mail.bg inbox.lv inbox.lt ukr.net i.ua bigmir.net meta.ua
    """,
    "in Russia": """
        mail.ru bk.ru inbox.ru list.ru internet.ru xmail.ru rambler.ru lenta.ru autorambler.ru
        myrambler.ru ro.ru ya.ru narod.ru
    """,
    "in the north": """
        telia.com bredband.net comhem.se spray.se online.no start.no kolumbus.fi luukku.com
    """,
    "in Israel and Turkey": "walla.com walla.co.il zahav.net.il mynet.com",
    "in Brazil": "uol.com.br bol.com.br terra.com.br ig.com.br globo.com globomail.com r7.com",
    "in Australia and New Zealand": """
        bigpond.com bigpond.net.au optusnet.com.au iinet.net.au xtra.co.nz
    """,
    "in Canada": "shaw.ca rogers.com sympatico.ca videotron.ca",
    "in India": "indiatimes.com sify.com",
    "for ten minutes": """
        mailinator.com guerrillamail.com yopmail.com 10minutemail.com temp-mail.org
        trashmail.com
    """,
}
"""Where anybody gets a mailbox, by organisational domain. Whoever is missing here makes two of its
customers colleagues, with a signed answer at the least; whoever is listed without need makes
colleagues strangers. So the doubtful are listed."""

_PROVIDERS = frozenset(name for names in _BY_REGION.values() for name in names.split())


@cache
def _suffixes() -> PublicSuffixList:
    """50 ms, once: a process that reads no mail does not pay it."""
    return PublicSuffixList()


def organisational_domain(domain: str) -> str:
    """The domain that an organisation registered (RFC 7489 §3.2): the public suffix above
    `domain` and one label more. What has none, a public suffix or an IP address, is its own.
    Suffixes that companies give out (github.io) count like those of registries."""
    name = _canonical(domain)
    if len(name) > MAX_DOMAIN_OCTETS or name.endswith("]") or name.rpartition(".")[2].isdecimal():
        return name
    return _organisation(name)


@lru_cache(maxsize=4096)
def _organisation(name: str) -> str:
    return _suffixes().privatesuffix(name) or name


def is_public_mail_domain(domain: str) -> bool:
    """Whether people who have nothing to do with each other have addresses there: mail
    providers, and the public suffixes themselves."""
    organisation = organisational_domain(domain)
    if organisation in _PROVIDERS:
        return True
    label, _, above = organisation.partition(".")
    return _is_suffix(organisation) or (label in _BRANDS and _is_suffix(above))


def aligned(proven: str, from_domain: str, alignment: Alignment = Alignment.RELAXED) -> bool:
    """Whether what was proven of `proven` holds for `from_domain` (RFC 7489 §3.1): the same
    domain, or where that is enough one of the same organisation."""
    one, other = _canonical(proven), _canonical(from_domain)
    if not one or not other:
        return False
    if one == other:
        return True
    if alignment is Alignment.STRICT:
        return False
    return organisational_domain(one) == organisational_domain(other)


def _canonical(domain: str) -> str:
    return domain.lower().rstrip(".")


def _is_suffix(domain: str) -> bool:
    """Whether the list itself names it: a single label of somebody's own network is none."""
    return 0 < len(domain) <= MAX_DOMAIN_OCTETS and _suffixes().is_public(
        domain, accept_unknown=False
    )
