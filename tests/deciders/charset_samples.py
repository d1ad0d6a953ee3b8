"""Subjects and bodies in the languages of mail, and the charsets that their programs write."""

SUBJECTS: dict[str, tuple[str, ...]] = {
    "Korean": (
        "결제 오류 문의드립니다",
        "네.",
        "견적서 송부의 건",
        "[문의] 비밀번호 재설정이 안 됩니다",
        "홍길동",
        "RE: 배송 지연 관련",
        "회의록.hwp 첨부합니다",
        "급여명세서(11월)",
        "환불 요청",
        "세금계산서 발행 부탁드려요~",
    ),
    "Japanese": (
        "お問い合わせありがとうございます",
        "注文の件",
        "ご請求書を送付いたします",
        "パスワードを忘れました",
        "会議資料の送付",
        "山田太郎",
        "Re: 見積書について",
        "東京支店より",
    ),
    "Chinese (simplified)": (
        "关于发票的问题",
        "您好，请问什么时候发货",
        "订单确认",
        "密码忘记了",
        "机房环境法规",
        "会议通知：本周五下午三点",
        "张伟",
        "退款申请",
    ),
    "Chinese (traditional)": (
        "關於發票的問題",
        "您好，請問什麼時候出貨",
        "訂單確認",
        "密碼忘記了",
        "會議通知：本週五下午三點",
        "陳小姐",
        "退款申請",
    ),
    "Russian": (
        "Проблема с оплатой",
        "Счёт за ноябрь",
        "Добрый день",
        "Re: заказ не пришёл",
        "Иванов Иван",
    ),
    "Ukrainian": ("Проблема з оплатою", "Добрий день, є питання"),
    "Greek": ("Πρόβλημα με την πληρωμή", "Καλημέρα σας", "Τιμολόγιο Νοεμβρίου"),
    "Hebrew": ("בעיה בתשלום", "חשבונית לחודש נובמבר", "שלום רב"),
    "Arabic": ("مشكلة في الدفع", "فاتورة شهر نوفمبر", "السلام عليكم"),
    "Thai": ("ปัญหาการชำระเงิน", "ใบแจ้งหนี้เดือนพฤศจิกายน", "สวัสดีครับ"),
    "Polish": ("Błąd płatności", "Zamówienie wciąż nie dotarło", "Dzień dobry, proszę o fakturę"),
    "Czech": ("Chyba při placení", "Dobrý den, prosím o fakturu"),
    "Turkish": ("Ödeme hatası", "Siparişim gelmedi", "İyi günler, şifremi unuttum"),
    "German": ("Rückfrage zur Überweisung", "Bestellbestätigung", "Grüße aus Köln"),
    "French": ("Problème de paiement", "Ça marche déjà très bien", "Réclamation n° 42"),
    "Spanish": ("¿Cuándo llega mi pedido?", "Contraseña olvidada", "Año fiscal"),
}

BODIES: dict[str, str] = {
    "Korean": (
        "안녕하세요. 어제 주문한 상품의 결제가 두 번 되었습니다.\n주문 번호는 20931입니다. "
        "한 건은 취소해 주시고 환불 일정을 알려 주세요.\n\n감사합니다.\n홍길동 드림\n"
    ),
    "Japanese": (
        "いつもお世話になっております。\n先日注文した商品がまだ届いておりません。\n"
        "注文番号は20931です。お手数ですが、ご確認をお願いいたします。\n\n山田太郎\n"
    ),
    "Chinese (simplified)": (
        "您好：\n我昨天下的订单付款成功了，但是页面显示错误。订单号是20931，"
        "请帮忙查一下，谢谢！\n\n此致\n敬礼\n张伟\n"
    ),
    "Chinese (traditional)": (
        "您好：\n我昨天的訂單付款成功了，但是網頁顯示錯誤。訂單編號是20931，"
        "請幫忙查詢一下，謝謝！\n\n陳小姐 敬上\n"
    ),
    "Russian": (
        "Здравствуйте!\nВчера я оплатил заказ 20931, но на странице появилась ошибка. "
        "Пожалуйста, проверьте, прошёл ли платёж.\n\nС уважением,\nИван Иванов\n"
    ),
    "Ukrainian": (
        "Добрий день!\nУчора я сплатив замовлення 20931, але на сторінці з'явилася помилка. "
        "Перевірте, будь ласка, чи пройшов платіж.\n\nЗ повагою,\nЇжакевич Євген\n"
    ),
    "Greek": (
        "Καλημέρα σας,\nχθες πλήρωσα την παραγγελία 20931, αλλά η σελίδα έδειξε σφάλμα. "
        "Παρακαλώ ελέγξτε αν η πληρωμή έγινε.\n\nΜε εκτίμηση,\nΓιώργος\n"
    ),
    "Hebrew": (
        "שלום רב,\nאתמול שילמתי על הזמנה 20931 אבל הדף הציג שגיאה. "
        "אנא בדקו אם התשלום התקבל.\n\nבברכה,\nדוד\n"
    ),
    "Arabic": (
        "السلام عليكم\nدفعت أمس ثمن الطلب 20931 لكن الصفحة أظهرت خطأ. "
        "أرجو التأكد من وصول المبلغ.\n\nمع التحية\nأحمد\n"
    ),
    "Thai": (
        "สวัสดีครับ\nเมื่อวานผมชำระเงินสำหรับคำสั่งซื้อ 20931 แต่หน้าเว็บแสดงข้อผิดพลาด "
        "กรุณาตรวจสอบด้วยครับ\n\nขอบคุณครับ\nสมชาย\n"
    ),
    "Polish": (
        "Dzień dobry,\nwczoraj zapłaciłem za zamówienie 20931, ale strona wyświetliła błąd. "
        "Proszę sprawdzić, czy płatność dotarła. Dziękuję.\n\nZ poważaniem,\nŁukasz Żółć\n"
    ),
    "Czech": (
        "Dobrý den,\nvčera jsem zaplatil objednávku 20931, ale stránka zobrazila chybu. "
        "Prosím ověřte, zda platba dorazila.\n\nS pozdravem,\nJiří Růžička\n"
    ),
    "Turkish": (
        "Merhaba,\ndün 20931 numaralı siparişin ödemesini yaptım ama sayfada hata çıktı. "
        "Ödemenin ulaşıp ulaşmadığını kontrol eder misiniz? Teşekkürler.\n\nŞükrü Çağlayan\n"
    ),
    "German": (
        "Guten Tag,\ngestern habe ich die Bestellung 20931 bezahlt, aber die Seite zeigte einen "
        "Fehler. Bitte prüfen Sie, ob die Überweisung ankam.\n\nMit freundlichen Grüßen\n"
        "Jörg Müller\n"
    ),
    "French": (
        "Bonjour,\nj'ai payé hier la commande n° 20931, mais la page a affiché une erreur. "
        "Pourriez-vous vérifier si le paiement est arrivé ?\n\nCordialement,\nHélène\n"
    ),
    "Spanish": (
        "Buenos días:\nayer pagué el pedido 20931, pero la página mostró un error. "
        "¿Podrían comprobar si llegó el pago? Muchas gracias por su atención.\n\nÍñigo Núñez\n"
    ),
}

CHARSETS: dict[str, tuple[tuple[str, str], ...]] = {
    "Korean": (("cp949", "euc-kr"), ("cp949", "ks_c_5601-1987"), ("utf-8", "utf-8")),
    "Japanese": (
        ("cp932", "shift_jis"),
        ("euc_jp", "euc-jp"),
        ("iso2022_jp", "iso-2022-jp"),
        ("utf-8", "utf-8"),
    ),
    "Chinese (simplified)": (("gbk", "gb2312"), ("gb18030", "gb18030"), ("utf-8", "utf-8")),
    "Chinese (traditional)": (("big5", "big5"), ("utf-8", "utf-8")),
    "Russian": (
        ("cp1251", "windows-1251"),
        ("koi8-r", "koi8-r"),
        ("iso8859-5", "iso-8859-5"),
        ("utf-8", "utf-8"),
    ),
    "Ukrainian": (("cp1251", "windows-1251"), ("koi8-u", "koi8-u"), ("utf-8", "utf-8")),
    "Greek": (("cp1253", "windows-1253"), ("iso8859-7", "iso-8859-7"), ("utf-8", "utf-8")),
    "Hebrew": (("cp1255", "windows-1255"), ("iso8859-8", "iso-8859-8-i"), ("utf-8", "utf-8")),
    "Arabic": (("cp1256", "windows-1256"), ("iso8859-6", "iso-8859-6"), ("utf-8", "utf-8")),
    "Thai": (("cp874", "windows-874"), ("tis-620", "tis-620"), ("utf-8", "utf-8")),
    "Polish": (("iso8859-2", "iso-8859-2"), ("cp1250", "windows-1250"), ("utf-8", "utf-8")),
    "Czech": (("iso8859-2", "iso-8859-2"), ("cp1250", "windows-1250"), ("utf-8", "utf-8")),
    "Turkish": (("cp1254", "windows-1254"), ("iso8859-9", "iso-8859-9"), ("utf-8", "utf-8")),
    "German": (("cp1252", "iso-8859-1"), ("cp1252", "windows-1252"), ("utf-8", "utf-8")),
    "French": (("cp1252", "iso-8859-1"), ("iso8859-15", "iso-8859-15"), ("utf-8", "utf-8")),
    "Spanish": (("cp1252", "iso-8859-1"), ("mac-roman", "macintosh"), ("utf-8", "utf-8")),
}
"""(Python's codec, the label in mail) of the programs that write a language."""
