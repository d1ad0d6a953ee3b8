"""How much a text looks like Korean, Japanese or Chinese: the judge between charsets whose
octets look alike.

EUC-KR, GB 2312, Big5 and EUC-JP share most of their octets, and a wrong one of them reads
without an error. It reads as rare characters, though: people write a few hundred of them
again and again, and the standards themselves sort the common before the rare ones.
"""

from collections.abc import Mapping
from functools import lru_cache

from mailgate.mail.hangul import COMMON as COMMON_HANGUL

SAMPLE = 200
"""Characters beyond ASCII that are looked at: enough to be sure, and soon done."""

_SIMPLIFIED = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所"
    "然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与"
    "长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己"
    "制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系"
    "气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社"
    "便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉"
    "格望觉术领共确传师观清今切院让识候带导争运您请谢订单付款退货发票邮箱附件确认收到查询客服密码账号登录错误会议通"
    "知联系电话合同报价样品物流快递贵司感谢支持帮忙麻烦问题网站页面显示功能昨申李刘陈杨赵黄周吴徐孙胡朱林何郭伟芳娜"
    "敏静丽强磊洋艳勇杰娟涛明超秀霞平刚桂英华建玉文辉梅红军云飞预约商城优惠活动订购价格尺寸颜色库存尽快回复祝顺利此"
    "致敬礼先生女士小姐您好晚早午星期周末号元费银行卡支付宝微信京广州深圳上海"
)
_TRADITIONAL = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所"
    "然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與"
    "長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己"
    "制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系"
    "氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社"
    "便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉"
    "格望覺術領共確傳師觀清今切院讓識候帶導爭運您請謝訂單付款退貨發票郵箱附檔確認收到查詢客服密碼帳號登入錯誤會議通"
    "知聯絡電話合約報價樣品物流快遞貴司感謝支援幫忙麻煩問題網站頁面顯示功能昨申李劉陳楊趙黃周吳徐孫胡朱林何郭偉芳娜"
    "敏靜麗強磊洋豔勇傑娟濤明超秀霞平剛桂英華建玉文輝梅紅軍雲飛預約商城優惠活動訂購價格尺寸顏色庫存盡快回覆祝順利此"
    "致敬禮先生女士小姐您好晚早午星期週末號元費銀行卡信用臺台灣香港忘記寄送編敬"
)
_KANJI = (
    "日一国人年大十二本中長出三時行見月後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千水半"
    "男西電校語土木聞食車何南万毎白天母火右読友左休父雨会同事自社発者地業方新場員立開手力問代明動京目通言理体田主題"
    "意不作用度強公持野以思家世多正安院心界教文元重近考画海売知道集別物使品計死特私始朝運終台広住真有口少町料工建空"
    "急止送切転研足究楽起着店病質待試族銀早映親験英医仕去味写字答夜音注帰古歌買悪図週室歩風紙黒花春赤青館屋色走秋夏"
    "習駅洋旅服夕借曜飲肉貸堂鳥飯勉冬昼茶弟牛魚兄犬妹姉漢件様願致申込請求書確認返信添付資料見積注文番号商品届連絡担"
    "当株式営部課対応可能場合問利用設定変更登録情報案内予約完了変失礼承伺世話忘届御済支払振替口座送付購読山田佐藤鈴木"
    "高橋渡辺伊藤村井松加林清崎太郎花子美恵田中受信配達到着予定在庫不良交換返品返金内容以降下記先頂是非宜お"
)
_NEUTRAL = frozenset("　、。，．・：；？！（）「」『』【】《》〈〉“”‘’…―—～〜￥％＆＊＋－／＝＠×")
"""Punctuation stands at the same octets in all of them and tells nothing."""

CODECS = {
    "cp949": "ko",
    "gb18030": "zh-Hans",
    "big5hkscs": "zh-Hant",
    "cp932": "ja",
    "euc_jp": "ja",
}
"""The charsets that are judged here, by the language that is written in them."""


def likeness(text: str, codec: str) -> float:
    """From -2 to 1: how usual the characters of `text` are in the language of `codec`; above
    0.5 it is that, below 0 it is not. 0 when there is nothing to judge by."""
    weights = _weights(CODECS[codec])
    total, count = 0.0, 0
    for character in text:
        if character <= "\x7f":
            continue
        weight = weights.get(character)
        if weight is None:
            if character in _NEUTRAL:
                continue
            weight = _unusual(character)
        total += weight
        count += 1
        if count == SAMPLE:
            break
    return total / count if count else 0.0


def _unusual(character: str) -> float:
    """What no list of the language has: rare or foreign letters, private use, damage."""
    if "\u4e00" <= character <= "\u9fff":
        return -0.6
    if character == "\ufffd" or character >= "\ue000":
        return -2.0
    return -1.0


@lru_cache(maxsize=4)
def _weights(language: str) -> Mapping[str, float]:
    """The weight of each character that the language uses; made when first asked for."""
    match language:
        case "ko":
            weights = dict.fromkeys(_rows("euc_kr", 0xB0, 0xC8), 0.0)
            weights.update(dict.fromkeys(COMMON_HANGUL, 1.0))
            weights.update(dict.fromkeys("ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎㅏㅑㅓㅕㅗㅛㅜㅠㅡㅣ", 1.0))
        case "zh-Hans":
            weights = dict.fromkeys(_rows("gb2312", 0xB0, 0xD7), 0.4)
            weights.update(dict.fromkeys(_SIMPLIFIED, 1.0))
        case "zh-Hant":
            weights = dict.fromkeys(_big5_common(), 0.2)
            weights.update(dict.fromkeys(_TRADITIONAL, 1.0))
        case _:
            weights = dict.fromkeys(_rows("euc_jp", 0xB0, 0xCF), 0.3)
            weights.update(dict.fromkeys(_KANJI, 0.9))
            weights.update(dict.fromkeys(map(chr, range(0x3041, 0x3094)), 1.0))
            weights.update(dict.fromkeys(map(chr, range(0x30A1, 0x30FD)), 0.9))
            weights.update(dict.fromkeys(map(chr, range(0xFF66, 0xFFA0)), -0.2))
            weights.update(dict.fromkeys("々〆〇", 0.5))
    for character in _NEUTRAL:
        weights.pop(character, None)
    return weights


def _rows(codec: str, first: int, last: int) -> str:
    """The characters of some rows of a 94 by 94 set: GB 2312 and JIS X 0208 have their common
    characters (level 1) before the rare ones, KS X 1001 has its hangul together."""
    octets = bytes(
        octet
        for row in range(first, last + 1)
        for cell in range(0xA1, 0xFF)
        for octet in (row, cell)
    )
    return octets.decode(codec, "ignore")


def _big5_common() -> str:
    """Level 1 of Big5: A440 to C67E."""
    trails = (*range(0x40, 0x7F), *range(0xA1, 0xFF))
    octets = bytes(o for row in range(0xA4, 0xC7) for cell in trails for o in (row, cell))
    return octets.decode("big5", "ignore")
