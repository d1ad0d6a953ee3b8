"""How mail programs introduce a quote, in the languages that they speak: the sentence goes with
what is quoted, wherever it was wrapped, and an answer under the quote stays without it."""

from collections.abc import Iterator

import pytest

from mailgate.mail.quote import visible_reply

WHO = "Hong Gildong"
ADDRESS = "hong.gildong@example.kr"

GMAIL = {
    "en": "On Fri, Nov 20, 2026 at 3:04 PM {who} <{address}> wrote:",
    "en-GB": "On Fri, 20 Nov 2026 at 15:04, {who} <{address}> wrote:",
    "ko": "2026년 11월 20일 (금) 오후 3:04, {who} <{address}>님이 작성:",
    "ja": "2026年11月20日(金) 15:04 {who} <{address}>:",
    "zh-CN": "{who} <{address}> 于2026年11月20日周五 15:04写道：",
    "zh-TW": "{who} <{address}> 於 2026年11月20日 週五 下午3:04寫道：",
    "de": "Am Fr., 20. Nov. 2026 um 15:04 Uhr schrieb {who} <{address}>:",
    "fr": "Le ven. 20 nov. 2026 à 15:04, {who} <{address}> a écrit :",
    "es": "El vie, 20 nov 2026 a las 15:04, {who} (<{address}>) escribió:",
    "pt-BR": "Em sex., 20 de nov. de 2026 às 15:04, {who} <{address}> escreveu:",
    "pt-PT": "{who} <{address}> escreveu (sexta, 20/11/2026 à(s) 15:04):",
    "it": "Il giorno ven 20 nov 2026 alle ore 15:04 {who} <{address}> ha scritto:",
    "ca": "Missatge de {who} <{address}> del dia dv., 20 de nov. 2026 a les 15:04:",
    "nl": "Op vr 20 nov 2026 om 15:04 schreef {who} <{address}>:",
    "pl": "pt., 20 lis 2026 o 15:04 {who} <{address}> napisał(a):",
    "cs": "pá 20. 11. 2026 v 15:04 odesílatel {who} <{address}> napsal:",
    "sk": "pi 20. 11. 2026 o 15:04 {who} <{address}> napísal(a):",
    "hu": "{who} <{address}> ezt írta (időpont: 2026. nov. 20., P, 15:04):",
    "ro": "În vin., 20 nov. 2026 la 15:04, {who} <{address}> a scris:",
    "ru": "пт, 20 нояб. 2026 г. в 15:04, {who} <{address}>:",
    "uk": "пт, 20 лист. 2026 р. о 15:04 {who} <{address}> пише:",
    "bg": "На пт, 20.11.2026 г. в 15:04 {who} <{address}> написа:",
    "hr": "pet, 20. stu 2026. u 15:04 {who} <{address}> napisao je:",
    "sr": "пет, 20. нов 2026. у 15:04 {who} <{address}> је написао/ла:",
    "sl": "V V pet., 20. nov. 2026 ob 15:04 je oseba {who} <{address}> napisala:",
    "sv": "Den fre 20 nov. 2026 kl 15:04 skrev {who} <{address}>:",
    "da": "Den fre. 20. nov. 2026 kl. 15.04 skrev {who} <{address}>:",
    "no": "fre. 20. nov. 2026 kl. 15:04 skrev {who} <{address}>:",
    "fi": "pe 20. marrask. 2026 klo 15.04 {who} ({address}) kirjoitti:",
    "et": "Kasutaja {who} (<{address}>) kirjutas kuupäeval R, 20. november 2026 kell 15:04:",
    "lv": "{who} (<{address}>) rakstīja (piektd., 2026. g. 20. nov., plkst. 15:04):",
    "lt": "2026-11-20, pn, 15:04 {who} <{address}> rašė:",
    "tr": "{who} <{address}>, 20 Kas 2026 Cum, 15:04 tarihinde şunu yazdı:",
    "el": "Στις Παρ 20 Νοε 2026 στις 3:04 μ.μ., ο χρήστης {who} <{address}> έγραψε:",
    "vi": "Vào Th 6, 20 thg 11, 2026 vào lúc 15:04 {who} <{address}> đã viết:",
    "id": "Pada tanggal Jum, 20 Nov 2026 pukul 15.04 {who} <{address}> menulis:",
    "th": "ในวันที่ ศ. 20 พ.ย. 2026 เวลา 15:04 {who} <{address}> เขียนว่า:",
    "ar": "في الجمعة، 20 نوفمبر 2026 في 3:04 م تمت كتابة ما يلي بواسطة {who} <{address}>:",
    "he": "\u202bבתאריך יום ו׳, 20 בנוב׳ 2026 ב-15:04 מאת "
    "\u202a{who}\u202c\u200f <\u202a{address}\u202c\u200f>:\u202c",
    "hi": "शुक्र, 20 नव॰ 2026 को 3:04 pm बजे को {who} <{address}> ने लिखा:",
}

OTHERS = {
    "thunderbird en": "On 11/20/26 3:04 PM, {who} wrote:",
    "thunderbird ko": "2026-11-20 오후 3:04에 {who} 이(가) 쓴 글:",
    "thunderbird ko, old": "On 2026-11-20 오후 3:04, {who} wrote:",
    "thunderbird ja": "On 2026/11/20 15:04, {who} wrote:",
    "thunderbird de": "Am 20.11.26 um 15:04 schrieb {who}:",
    "thunderbird fr": "Le 20/11/2026 à 15:04, {who} a écrit :",
    "thunderbird es": "El 20/11/2026 a las 15:04, {who} escribió:",
    "thunderbird it": "Il 20/11/2026 15:04, {who} ha scritto:",
    "thunderbird nl": "Op 20-11-2026 om 15:04 schreef {who}:",
    "thunderbird pl": "W dniu 20.11.2026 o 15:04, {who} pisze:",
    "thunderbird cs": "Dne 20. 11. 26 v 15:04 {who} napsal(a):",
    "thunderbird hu": "2026. 11. 20. 15:04 keltezéssel, {who} írta:",
    "thunderbird fi": "{who} kirjoitti 20.11.2026 klo 15.04:",
    "thunderbird ru": "20.11.2026 15:04, {who} пишет:",
    "thunderbird uk": "20.11.2026 15:04, {who} пише:",
    "thunderbird pt-BR": "Em 20/11/2026 15:04, {who} escreveu:",
    "thunderbird tr": "20.11.2026 15:04 tarihinde {who} yazdı:",
    "thunderbird el": "Στις 20/11/2026 15:04, ο/η {who} έγραψε:",
    "thunderbird sv": "Den 2026-11-20 kl. 15:04, skrev {who}:",
    "apple en": "On 20 Nov 2026, at 15:04, {who} <{address}> wrote:",
    "apple en-US": "On Nov 20, 2026, at 3:04 PM, {who} <{address}> wrote:",
    "apple ko": "2026. 11. 20. 오후 3:04, {who} <{address}> 작성:",
    "apple ja": "2026/11/20 15:04、{who} <{address}>のメール:",
    "apple zh-CN": "在 2026年11月20日，下午3:04，{who} <{address}> 写道：",
    "apple zh-TW": "{who} <{address}> 於 2026年11月20日 下午3:04 寫道：",
    "apple de": "Am 20.11.2026 um 15:04 schrieb {who} <{address}>:",
    "apple fr": "Le 20 nov. 2026 à 15:04, {who} <{address}> a écrit :",
    "apple es": "El 20 nov 2026, a las 15:04, {who} <{address}> escribió:",
    "apple it": "Il giorno 20 nov 2026, alle ore 15:04, {who} <{address}> ha scritto:",
    "apple nl": "Op 20 nov 2026, om 15:04 heeft {who} <{address}> het volgende geschreven:",
    "apple pt": "Em 20 de nov. de 2026, à(s) 15:04, {who} <{address}> escreveu:",
    "apple pl": "Wiadomość napisana przez {who} <{address}> w dniu 20.11.2026, o godz. 15:04:",
    "apple ru": "20 нояб. 2026 г., в 15:04, {who} <{address}> написал(а):",
    "apple sv": "20 nov. 2026 kl. 15:04 skrev {who} <{address}>:",
    "apple da": "Den 20. nov. 2026 kl. 15.04 skrev {who} <{address}>:",
    "apple no": "20. nov. 2026 kl. 15:04 skrev {who} <{address}>:",
    "apple fi": "{who} <{address}> kirjoitti 20.11.2026 kello 15.04:",
    "apple tr": "{who} <{address}> şunları yazdı (20 Kas 2026 15:04):",
    "apple vi": "Vào 20 thg 11, 2026, lúc 15:04, {who} <{address}> đã viết:",
    "apple cs": "20. 11. 2026 v 15:04, {who} <{address}>:",
    "apple hu": "{who} <{address}> írta (2026. nov. 20. dátummal, 15:04 időpontban):",
    "yahoo": "On Friday, November 20, 2026 at 03:04:05 PM GMT+9, {who} <{address}> wrote:",
    "yahoo ko": "2026년 11월 20일 금요일 오후 03시 04분 05초 GMT+9, {who}<{address}>님이 작성:",
    "proton": "On Friday, November 20th, 2026 at 3:04 PM, {who} <{address}> wrote:",
    "fastmail": "On Fri, 20 Nov 2026, at 3:04 PM, {who} wrote:",
    "evolution": "On Fri, 2026-11-20 at 15:04 +0900, {who} wrote:",
    "mutt": "On Fri, Nov 20, 2026 at 03:04:05PM +0900, {who} wrote:",
    "gnus": "{who} <{address}> writes:",
    "kmail": "On Friday, 20 November 2026 15:04:05 KST {who} wrote:",
    "horde": "Quoting {who} <{address}>:",
    "horde de": "Zitat von {who} <{address}>:",
    "roundcube": "On 2026-11-20 15:04, {who} wrote:",
    "roundcube ko": "2026-11-20 15:04, {who} 이(가) 쓴 글:",
    "mail.ru": "Пятница, 20 ноября 2026, 15:04 +03:00 от {who} <{address}>:",
    "yandex": '20.11.2026, 15:04, "{who}" <{address}>:',
    "163": 'At 2026-11-20 15:04:05, "{who}" <{address}> wrote:',
    "163 zh": "在 2026-11-20 15:04:05，{who} <{address}> 写道：",
    "outlook mobile": 'On Fri, Nov 20, 2026 at 3:04 PM +0900, "{who}" <{address}> wrote:',
    "k-9": "{who} <{address}> wrote:",
    "k-9 de": "{who} <{address}> schrieb:",
    "android ru": '20.11.2026 15:04 пользователь "{who}" <{address}> написал:',
    "eudora": "At 03:04 PM 11/20/2026, {who} wrote:",
    "lotus": "{who}/Seoul/ACME wrote on 11/20/2026 03:04:05 PM:",
    "superhuman": "On Fri, Nov 20, 2026 at 3:04 PM, {who} < {address} > wrote:",
    "mailto": "On Nov 20, 2026, at 3:04 PM, {who} <{address}<mailto:{address}>> wrote:",
    "brackets": "On 20 November 2026 at 15:04, {who} [mailto:{address}] wrote:",
    "name-first es": "{who} <{address}> escribió el 20/11/2026 15:04:",
    "name-first de": "{who} <{address}> schrieb am Fr., 20. Nov. 2026 um 15:04 Uhr:",
}

SENTENCES = {name: form.format(who=WHO, address=ADDRESS) for name, form in (GMAIL | OTHERS).items()}
ANSWER = "Thank you, that works.\n\nKim"
QUOTED = "> First line\n> second line\n"


def wrapped(sentence: str, lines: int) -> str:
    """The sentence over so many lines, broken at blanks as programs break it."""
    words = sentence.split(" ")
    size = -(-len(words) // lines)
    return "\n".join(" ".join(words[i : i + size]) for i in range(0, len(words), size))


@pytest.mark.parametrize("sentence", SENTENCES.values(), ids=SENTENCES.keys())
@pytest.mark.parametrize("blank", ["\n", "\n\n"])
def test_a_quote_goes_with_its_introduction(sentence: str, blank: str) -> None:
    assert visible_reply(f"{ANSWER}\n\n{sentence}{blank}{QUOTED}") == ANSWER


@pytest.mark.parametrize("sentence", SENTENCES.values(), ids=SENTENCES.keys())
@pytest.mark.parametrize("answer", ["Blue please", "Yes", "네 알겠습니다"])
def test_a_short_answer_right_above_the_introduction_is_no_part_of_it(
    answer: str, sentence: str
) -> None:
    assert visible_reply(f"{answer}\n{sentence}\n{QUOTED}") == answer


def test_the_fields_that_yandex_puts_above_its_introduction_go_with_it() -> None:
    above = "----------------\nКому: Иван (ivan@example.ru);\nТема: Заказ;\n"
    assert visible_reply(f"{ANSWER}\n\n{above}{SENTENCES['yandex']}\n\n{QUOTED}") == ANSWER


@pytest.mark.parametrize("sentence", SENTENCES.values(), ids=SENTENCES.keys())
def test_an_answer_under_the_quote_stays_alone(sentence: str) -> None:
    assert visible_reply(f"{sentence}\n{QUOTED}\n{ANSWER}\n") == ANSWER


@pytest.mark.parametrize("sentence", SENTENCES.values(), ids=SENTENCES.keys())
def test_the_introduction_may_be_quoted_itself(sentence: str) -> None:
    assert visible_reply(f"{ANSWER}\n\n> {sentence}\n> \n{QUOTED}") == ANSWER
    assert visible_reply(f"> {sentence}\n{QUOTED}\n{ANSWER}") == ANSWER


def broken() -> Iterator[tuple[str, str]]:
    """Gmail breaks its sentence before the address, or behind the `<` of it, and where else a
    line is full."""
    for name, sentence in SENTENCES.items():
        if f"<{ADDRESS}>" in sentence and name in GMAIL:
            yield f"{name} before <", sentence.replace(f"<{ADDRESS}>", f"\n<{ADDRESS}>")
            yield f"{name} behind <", sentence.replace(f"<{ADDRESS}>", f"<\n{ADDRESS}>")
            yield f"{name} behind >", sentence.replace(f"<{ADDRESS}>", f"<{ADDRESS}>\n")


BROKEN = dict(broken())


@pytest.mark.parametrize("sentence", BROKEN.values(), ids=BROKEN.keys())
def test_a_sentence_of_gmail_broken_at_the_address(sentence: str) -> None:
    assert visible_reply(f"{ANSWER}\n\n{sentence}\n\n{QUOTED}") == ANSWER
    assert visible_reply(f"{sentence}\n\n{QUOTED}\n{ANSWER}") == ANSWER


@pytest.mark.parametrize("lines", [2, 3, 4])
@pytest.mark.parametrize("language", GMAIL)
def test_a_sentence_over_some_lines(language: str, lines: int) -> None:
    sentence = wrapped(SENTENCES[language], lines)
    assert visible_reply(f"{ANSWER}\n\n{sentence}\n\n{QUOTED}") == ANSWER


@pytest.mark.parametrize("language", GMAIL)
def test_who_and_when_are_enough_where_nothing_is_marked_as_quoted(language: str) -> None:
    """Programs that make text from HTML lose the mark of the quote."""
    assert visible_reply(f"{ANSWER}\n\n{SENTENCES[language]}\n\nFirst line\nsecond") == ANSWER


@pytest.mark.parametrize(
    "who", ["홍길동", "김 민수 (고객센터)", "山田 太郎", '"Hong, G."', "Ж. Петров"]
)
@pytest.mark.parametrize("form", ["en", "ko", "ja", "de", "ru", "zh-CN"])
def test_names_of_all_kinds(form: str, who: str) -> None:
    sentence = GMAIL[form].format(who=who, address="a.b+c@x.example")
    assert visible_reply(f"{ANSWER}\n\n{sentence}\n\n{QUOTED}") == ANSWER


@pytest.mark.parametrize(
    "sentence", ["2026(e)ko aza. 20a 15:04, Hong(e)k:", "20.11.2026 15:04, Хонг ёзди:"]
)
def test_a_day_and_a_time_are_enough_above_a_quote_in_any_language(sentence: str) -> None:
    assert visible_reply(f"{ANSWER}\n\n{sentence}\n{QUOTED}") == ANSWER
    assert visible_reply(f"{sentence}\n{QUOTED}\n{ANSWER}") == ANSWER
