"""Words of dates as mail programs write them: months by language, times of day, zones.

All in the form in which `mailgate.mail.dates` compares words: NFKC, casefolded, without dots.
"""

import unicodedata


def folded(text: str) -> str:
    """`text` as words are compared: NFKC, casefolded; `İ` is an `i` too."""
    return unicodedata.normalize("NFKC", text).casefold().replace("i\u0307", "i")


_MONTHS_BY_LANGUAGE = {
    "English": "jan/january feb/february mar/march apr/april may jun/june jul/july aug/august "
    "sep/sept/september oct/october nov/november dec/december",
    "German": "jan/jän/januar/jänner feb/februar/feber mär/mrz/märz/maerz apr/april mai jun/juni "
    "jul/juli aug/august sep/sept/september okt/oktober nov/november dez/dezember",
    "French": "janv/janvier févr/fév/février/fevrier mars avr/avril mai juin juil/juillet "
    "août/aout sept/septembre oct/octobre nov/novembre déc/décembre/decembre",
    "Spanish": "ene/enero febrero marzo abr/abril mayo junio julio ago/agosto "
    "septiembre/setiembre octubre noviembre dic/diciembre",
    "Portuguese": "janeiro fev/fevereiro março/marco abril mai/maio junho julho agosto "
    "set/setembro out/outubro novembro dez/dezembro",
    "Italian": "gen/gennaio febbraio marzo aprile mag/maggio giu/giugno lug/luglio agosto "
    "settembre ott/ottobre novembre dicembre",
    "Dutch": "januari februari mrt/maart april mei juni juli augustus september oktober "
    "november december",
    "Polish": "sty/stycznia/styczeń lut/lutego/luty marca/marzec kwi/kwietnia/kwiecień "
    "maja/maj cze/czerwca/czerwiec lip/lipca/lipiec sie/sierpnia/sierpień "
    "wrz/września/wrzesień paź/października/październik lis/listopada/listopad gru/grudnia/"
    "grudzień",
    "Russian": "янв/января/январь фев/февр/февраля/февраль мар/марта/март апр/апреля/апрель "
    "мая/май июн/июня/июнь июл/июля/июль авг/августа/август сен/сент/сентября/сентябрь "
    "окт/октября/октябрь ноя/нояб/ноября/ноябрь дек/декабря/декабрь",
    "Ukrainian": "січ/січня/січень лют/лютого/лютий бер/березня/березень "
    "кві/квіт/квітня/квітень тра/трав/травня/травень чер/черв/червня/червень "
    "лип/липня/липень сер/серп/серпня/серпень вер/вересня/вересень жов/жовт/жовтня/жовтень "
    "лис/лист/листопада/листопад гру/груд/грудня/грудень",
    "Bulgarian": "януари февруари март април май юни юли август септември октомври ноември "
    "декември",
    "Swedish": "januari februari mars april maj juni juli augusti september oktober november "
    "december",
    "Danish": "januar februar marts april maj juni juli august september oktober november december",
    "Norwegian": "januar februar mars april mai juni juli august september oktober november "
    "des/desember",
    "Finnish": "tammi/tammik/tammikuuta/tammikuu helmi/helmik/helmikuuta/helmikuu "
    "maalis/maalisk/maaliskuuta/maaliskuu huhti/huhtik/huhtikuuta/huhtikuu "
    "touko/toukok/toukokuuta/toukokuu kesä/kesäk/kesäkuuta/kesäkuu "
    "heinä/heinäk/heinäkuuta/heinäkuu elo/elok/elokuuta/elokuu syys/syysk/syyskuuta/syyskuu "
    "loka/lokak/lokakuuta/lokakuu marras/marrask/marraskuuta/marraskuu "
    "joulu/jouluk/joulukuuta/joulukuu",
    "Czech": "led/ledna/leden úno/února/únor bře/března/březen dub/dubna/duben "
    "kvě/května/květen čvn/června/červen čvc/července/červenec srp/srpna/srpen "
    "zář/září říj/října/říjen lis/listopadu pro/prosince/prosinec",
    "Slovak": "januára február/februára marca/marec apríla/apríl mája/máj júna/jún júla/júl "
    "augusta septembra októbra/október novembra decembra",
    "Hungarian": "január február márc/március ápr/április május jún/június júl/július "
    "augusztus szept/szeptember október november december",
    "Turkish": "oca/ocak şub/şubat mart nis/nisan mayıs haz/haziran tem/temmuz ağu/ağustos "
    "eyl/eylül eki/ekim kas/kasım ara/aralık",
    "Romanian": "ian/ianuarie februarie martie aprilie mai iun/iunie iul/iulie august "
    "septembrie octombrie noi/noiembrie decembrie",
    "Greek": "ιαν/ιανουαρίου/ιανουάριος φεβ/φεβρουαρίου/φεβρουάριος μαρ/μαρτίου/μάρτιος/μάρ "
    "απρ/απριλίου/απρίλιος μαΐ/μαΐου/μάιος/μαϊ ιουν/ιουνίου/ιούνιος/ιούν "
    "ιουλ/ιουλίου/ιούλιος/ιούλ αυγ/αυγούστου/αύγουστος/αύγ σεπ/σεπτ/σεπτεμβρίου/σεπτέμβριος "
    "οκτ/οκτωβρίου/οκτώβριος νοε/νοεμβρίου/νοέμβριος/νοέ δεκ/δεκεμβρίου/δεκέμβριος",
    "Croatian": "sij/siječnja velj/veljače ožu/ožujka tra/travnja svi/svibnja lip/lipnja "
    "srp/srpnja kol/kolovoza ruj/rujna lis/listopada stu/studenoga/studenog pro/prosinca",
    "Catalan": "gener febr/febrer març abr/abril maig juny jul/juliol ag/agost setembre "
    "octubre novembre des/desembre",
    "Indonesian": "januari februari maret april mei juni juli agu/agt/agustus september "
    "okt/oktober november des/desember",
}
_DISPUTED = {
    "lip": 7,  # Polish and Ukrainian July, Croatian June
    "lis": 11,  # Polish November, Croatian October
    "srp": 8,  # Czech August, Croatian July
    "listopada": 11,  # Polish; in Croatian October
    "тра": 5,
}


def _months() -> dict[str, int]:
    months: dict[str, int] = {}
    for slots in _MONTHS_BY_LANGUAGE.values():
        for number, names in enumerate(slots.split(), start=1):
            months.update(dict.fromkeys(map(folded, names.split("/")), number))
    return months | _DISPUTED


MONTHS = _months()
"""Month names and their abbreviations to 1..12. `mar` is March; where it is a Tuesday
(`mar. 5 mars`, `mar, 5 mar`) the month stands after it."""

MORNING = frozenset(
    map(
        folded,
        (
            "am",
            "a.m",
            "오전",
            "새벽",
            "아침",
            "午前",
            "上午",
            "凌晨",
            "早上",
            "清晨",
            "πμ",
            "öö",
            "dop",
            "sa",
        ),
    )
)
AFTERNOON = frozenset(
    map(
        folded,
        (
            "pm",
            "p.m",
            "오후",
            "저녁",
            "밤",
            "午後",
            "下午",
            "中午",
            "晚上",
            "傍晚",
            "μμ",
            "ös",
            "odp",
            "ch",
        ),
    )
)

WEEKDAYS = {
    name: day
    for days in (
        "mon tue wed thu fri sat sun",
        "monday tuesday wednesday thursday friday saturday sunday",
        "montag dienstag mittwoch donnerstag freitag samstag sonntag",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "lunes martes miércoles jueves viernes sábado domingo",
        "lunedì martedì mercoledì giovedì venerdì sabato domenica",
        "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    )
    for day, name in enumerate(days.split())
}
"""To 0 (Monday) .. 6: which of two readings of `3/4/2024` the program meant."""

ZONES = {
    "utc": 0, "gmt": 0, "ut": 0, "z": 0, "wet": 0,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360,
    "pst": -480, "pdt": -420, "akst": -540, "akdt": -480, "hst": -600, "brt": -180,
    "bst": 60, "west": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120, "hnec": 60, "haec": 120,
    "met": 60, "mest": 120,
    "eet": 120, "eest": 180, "sast": 120, "msk": 180, "мск": 180, "trt": 180, "gst": 240,
    "ict": 420, "wib": 420, "hkt": 480, "sgt": 480, "awst": 480,
    "kst": 540, "jst": 540, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780,
}  # fmt: skip
"""Minutes east of Greenwich: the names of RFC 5322 §4.3 and those that programs write. Names
of several zones are those of the RFC (CST) or absent (IST)."""
