"""Statements in banks' own formats; every account and payer is invented."""

MT940 = """{1:F01BANKKENXAXXX0000000000}{2:I940X}{4:
:20:UMOJA1
:25:KE0170299123456
:28C:21/1
:60F:C260801KES1000,00
:61:2608050805C500,00NTRFK7M2Q9XM//FT26217AAA
PAYMENT OF AKINYI
:86:?00TRANSFER?20November contribution?21second half?32AKINYI?33 ACHIENG
:61:260806DR33,NCHGNONREF
:86:Monthly charge
:61:2512310102C20,5NTRFLATE
:62F:C260806KES1487,50
-}
{1:F01BANKKENXAXXX0000000000}{4:
:20:UMOJA2
:25:KE0170299123456
:60F:C260806KES1487,50
:61:260807RD10,00NTRFNONREF
:61:260807RC400,00NTRFNONREF
:61:260807C0,00NMSCNONREF
:62F:C260807KES1097,50
-}
"""

OFX_SGML = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
ENCODING:USASCII
CHARSET:1252

<OFX><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS>
<STMTRS><CURDEF>INR<BANKACCTFROM><BANKID>SBIN<ACCTID>31234567890<ACCTTYPE>SAVINGS</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260801<DTEND>20260831
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260805120000[+5.5:IST]<TRNAMT>+500.00<FITID>F1<NAME>ASHA & CO<MEMO></STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260806<TRNAMT>-12.50<FITID>F2<CHECKNUM>0<NAME>Fee &lt;monthly&gt;</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>-200.00<DTASOF>20260831</LEDGERBAL><AVAILBAL><BALAMT>9<DTASOF>20260831</AVAILBAL>
</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""

OFX_XML = """<?xml version="1.0" encoding="UTF-8"?>
<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>
<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>EUR</CURDEF>
<CCACCTFROM><ACCTID>4111********1111</ACCTID></CCACCTFROM>
<BANKTRANLIST><STMTTRN><DTPOSTED>20260805</DTPOSTED><DTAVAIL>20260807</DTAVAIL><TRNAMT>-9,99</TRNAMT><FITID>C1</FITID>
<PAYEE><NAME>Café</NAME><CITY>Nairobi</CITY></PAYEE><MEMO><![CDATA[a <b> c]]></MEMO></STMTTRN></BANKTRANLIST>
<LEDGERBAL><BALAMT>-123,45</BALAMT><DTASOF>20260831</DTASOF></LEDGERBAL></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>
"""


def camt(version: int, *, prefix: str = "") -> str:
    """Version 2 or 8 of one statement: an entry, a batch of two, one without details, one that isn't booked."""
    new = version >= 4
    status = "<Sts><Cd>BOOK</Cd></Sts>" if new else "<Sts>BOOK</Sts>"
    pending = "<Sts><Cd>PDNG</Cd></Sts>" if new else "<Sts>PDNG</Sts>"

    def party(kind: str, name: str) -> str:
        inner = f"<Pty><Nm>{name}</Nm></Pty>" if new else f"<Nm>{name}</Nm>"
        return f"<RltdPties><{kind}>{inner}</{kind}></RltdPties>"

    def part(amount: str, name: str, end_to_end: str) -> str:
        of_part = f'<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>' if new else ""
        old = "" if new else f'<AmtDtls><TxAmt><Amt Ccy="EUR">{amount}</Amt></TxAmt></AmtDtls>'
        return (
            f"<TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>{of_part}{old}"
            f"{party('Dbtr', name)}<RmtInf><Ustrd>for {name}</Ustrd></RmtInf></TxDtls>"
        )

    def entry(amount: str, side: str, state: str, details: str, *, booked: bool = True) -> str:
        day = "<BookgDt><Dt>2026-08-05</Dt></BookgDt>" if booked else ""
        return (
            f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{state}{day}'
            f"<ValDt><DtTm>2026-08-06T10:00:00+02:00</DtTm></ValDt><AcctSvcrRef>B{amount}</AcctSvcrRef>"
            f"<NtryDtls>{details}</NtryDtls></Ntry>"
        )

    def balance(code: str, amount: str, side: str) -> str:
        return (
            f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{amount}</Amt>"
            f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>2026-08-05</Dt></Dt></Bal>"
        )

    strd = "<RmtInf><Strd><CdtrRefInf><Ref>K7M2Q9XM</Ref></CdtrRefInf></Strd></RmtInf>"
    body = (
        "<Stmt><Id>1</Id><Acct><Id><IBAN>NL26VAYB8060476890</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        + balance("PRCD", "10.00", "DBIT")
        + balance("CLBD", "62.00", "CRDT")
        + entry("50.00", "CRDT", status, f"<TxDtls>{party('Dbtr', 'Ana')}{strd}</TxDtls>")
        + entry("30.00", "CRDT", status, part("10.00", "Ben", "NOTPROVIDED") + part("20.00", "Cara", "E2E-2"))
        + entry("8.00", "DBIT", status, "", booked=False)
        + entry("99.00", "CRDT", pending, "")
        + "</Stmt>"
    )
    space = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version:02d}"
    text = (
        f"<Document xmlns='{space}'><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>{body}</BkToCstmrStmt></Document>"
    )
    if prefix:
        import re

        text = re.sub(r"<(/?)(\w)", rf"<\1{prefix}:\2", text.replace(" xmlns=", f" xmlns:{prefix}="))
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + text
