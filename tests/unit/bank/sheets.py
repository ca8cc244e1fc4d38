"""Statements of made-up banks, one for each habit; every payer and number is invented."""

HDFC = """HDFC BANK LTD,,,,,,
Statement of account,,,,,,
Account No :,50100123456789,,,,,
,,,,,,
Date,Narration,Chq./Ref.No.,Value Dt,Withdrawal Amt.(INR),Deposit Amt.(INR),Closing Balance(INR)
********,***************,****,*****,****,****,****
01/08/26,UPI-ASHA PATIL-asha@okaxis-K7M2Q9XM,0000412345678901,01/08/26,,"1,00,000.00","1,25,000.00"
02/08/26,ATM WDL,0000412345678902,02/08/26,"5,000.00",,"1,20,000.00"
05/08/26,NEFT CR-RAMESH,N217261234,05/08/26,,500.50,"1,20,500.50"
********,***************,****,*****,****,****,****
,Total,,,"5,000.00","1,00,500.50",
STATEMENT SUMMARY :-,,,,,,
Opening Balance,"25,000.00",,,,,
"""

SBI = (
    "Account Number\t:_00000031234567890\n"
    "Balance as on 31 Jul 2026\t: 2,500.00\n\n"
    "Txn Date\tValue Date\tDescription\tRef No./Cheque No.\tDebit\tCredit\tBalance\n"
    "05 Aug 2026\t5 Aug 2026\tBY TRANSFER-UPI/CR/412345678901/SUNITA\tTRANSFER FROM 4897\t \t1,000.00\t3,500.00\n"
    "06 Aug 2026\t6 Aug 2026\tTO TRANSFER\t\t250.00\t \t3,250.00\n"
    "**This is a computer generated statement\n"
)

FLAGGED = """Transaction Date;Description;Amount;Dr / Cr;Balance
2026-08-01;Member dues;500.00;CR;1500.00 CR
2026-08-02;Ledger fee;30.00;DR;1470.00 CR
2026-08-03;Cheque;2000.00;DR;530.00 DR
"""

COMMA = """Buchungstag;Valuta;Verwendungszweck;Betrag;Saldo
05.08.2026;05.08.2026;Beitrag K7M2Q9XM;1.250,00;3.250,00
06.08.2026;06.08.2026;Gebühr;-12,50;3.237,50
"""

EQUITY = """Equity Bank,,,,,
Account Number: 0170299123456,,,,,
Currency: KES,,,,,
Transaction Date,Value Date,Transaction Details,Payment Reference,Debit,Credit,Balance
,,Balance B/F,,,,10000.00
05-Aug-2026,05-Aug-2026,MPS 254722000101 TKL4X81QZ2 522533#K7M2Q9XM M-PESA,STKPUSH,,500.00,10500.00
05-Aug-2026,05-Aug-2026,Charge,,33.00,,10467.00
06-Aug-2026,06-Aug-2026,zero,,0.00,0.00,10467.00
Page Total,,,,33.00,500.00,
"""

MPESA_7 = """Organization Name: Umoja Welfare,,,,,,
Short Code: 522533,,,,,,
Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Balance
TKL4X81QZ2,2026-08-05 21:14:09,Pay Bill from 254722***101 - ACHIENG O Acc. K7M2Q9XM,Completed,"1,000.00",,"3,467.00"
TKL1M00FEE,2026-08-05 10:00:00,Merchant Payment to 600111 - PRINTERS,Completed,,-500.00,"2,467.00"
TKL1M00FEE,2026-08-05 10:00:00,Pay merchant Charge,Completed,,-33.00,"2,967.00"
TKL1F4ILED,2026-08-04 09:00:00,Pay Bill from 254711***345 - SALOME Acc. X,Failed,500.00,,
TKL0P02MVB,2026-08-04 08:00:00,Pay Bill from 254711***345 - SALOME NGUGI Acc. M3P8R2YZ,Completed,500.00,,"3,000.00"
"""

MPESA_9 = """Receipt No,Completion Time,Initiation Time,Details,Transaction Status,Paid In,Withdrawn,Balance,Balance Confirmed,Reason Type,Other Party Info,Linked Transaction ID,A/C No.
TKL4X81QZ2,05/08/2026 9:14 PM,05/08/2026 9:14 PM,Pay Bill from 254722000101 - ACHIENG ODHIAMBO Acc. K7M2Q9XM,Completed,1000.00,,2000.00,true,Pay Utility,254722000101 - ACHIENG ODHIAMBO,,K7M2Q9XM
TKL4X81QZ9,05/08/2026 9:10 AM,05/08/2026 9:10 AM,Pay Bill from 254722000102 - BARAKA Acc. November,Reversed,300.00,,,true,Pay Utility,254722000102 - BARAKA,,November
"""  # noqa: E501
