"""Statements as many banks lay them out; each with its amounts in minor units and what its balances say."""

HABITS: dict[str, tuple[str, list[int], str]] = {
    "icici": (
        "DETAILED STATEMENT\n"
        'Account Number,,"000401234567 ( INR ) - PAYER"\n'
        "S No.,Value Date,Transaction Date,Cheque Number,Transaction Remarks,Withdrawal Amount(INR),Deposit Amount(INR),Balance(INR)\n"  # noqa: E501
        "1,01/08/2026,01/08/2026,-,UPI/412345678901/dues/asha@ok,0.0,500.0,10500.0\n"
        "2,02/08/2026,02/08/2026,-,ATM/CASH,200.0,0.0,10300.0\n",
        [50000, -20000],
        "ok",
    ),
    "axis": (
        "Name :- PAYER\n"
        "Statement of Account No - 912010012345678 for the period (From : 01-08-2026 To : 31-08-2026)\n"
        "\n"
        "Tran Date,CHQNO,PARTICULARS,DR,CR,BAL,SOL\n"
        "01-08-2026,,UPI/P2A/4123/PAYER,,500.00,1500.00,248\n"
        '02-08-2026,,"CHARGES, SMS",17.70,,1482.30,248\n'
        ",,,,,,\n"
        '"Unless the constituent notifies the bank immediately of any discrepancy found",,,,,,\n',
        [50000, -1770],
        "ok",
    ),
    "kotak": (
        "Sl. No.,Date,Description,Chq / Ref number,Amount,Dr / Cr,Balance,Dr / Cr\n"
        '1,05/08/2026,UPI/PAYER/4123,UPI-4123,500.00,CR,"1,500.00",CR\n'
        '2,06/08/2026,Fee,,10.00,DR,"1,490.00",CR\n'
        ",,,,,,,\n"
        'Opening balance,,"1,000.00",,,,,\n'
        'Closing balance,,"1,490.00",,,,,\n',
        [50000, -1000],
        "ok",
    ),
    "blanks around": (
        "Date     ,Narration,Value Dat,Debit Amount,Credit Amount,Chq/Ref Number,Closing Balance\n"
        " 05/08/26,UPI-A , 05/08/26,0.00,500.00,0000412345678901,1500.00\n"
        " 06/08/26,FEE , 06/08/26,10.00,0.00,,1490.00\n",
        [50000, -1000],
        "ok",
    ),
    "kcb": (
        "KCB BANK KENYA\n"
        "Account Name,UMOJA\n"
        "Account No.,1101234567\n"
        "Transaction Date,Value Date,Transaction Details,Money Out,Money In,Ledger Balance,Bank Reference Number\n"
        '05.08.2026,05.08.2026,Agency Deposit,,"5,000.00","15,000.00",FT26217XYZ\n'
        '06.08.2026,06.08.2026,Ledger Fee,-50.00,,"14,950.00",FT26218XYZ\n'
        'Totals,,,-50.00,"5,000.00",,\n',
        [500000, -5000],
        "ok",
    ),
    "coop": (
        '"Transaction Date","Value Date","Channel ID","Transaction Details","Debit","Credit","Book Balance"\n'
        '"05-08-2026 14:31:02","05-08-2026","MPESA","TKL4X81QZ2~522533#K7M2Q9XM~254722000101~PAYER","0.00","500.00","10,500.00"\n'  # noqa: E501
        '"05-08-2026 10:00:00","05-08-2026","CHG","Charge","10.00","0.00","10,000.00"\n',
        [50000, -1000],
        "ok",
    ),
    "semicolons and a mark": (
        "\ufeffDate;Details;Debit;Credit;Balance\n05/08/2026;A;;500,00;1.500,00\n06/08/2026;B;10,50;;1.489,50\n",
        [50000, -1050],
        "ok",
    ),
    "parentheses, month first": (
        "Date,Description,Amount,Balance\n08/05/2026,A,500.00,1500.00\n08/25/2026,B,(10.00),1490.00\n",
        [50000, -1000],
        "ok",
    ),
    "minus behind": (
        "Date,Description,Amount,Balance\n2026-08-05,A,500.00,1500.00\n2026-08-06,B,10.00-,1490.00\n",
        [50000, -1000],
        "ok",
    ),
    "Rs. in each cell": (
        "Date,Particulars,Withdrawals,Deposits,Balance\n"
        '05-Aug-26,Opening Balance,,,"Rs. 1,000.00"\n'
        '05-Aug-26,A,,"Rs. 1,00,500.00","Rs. 1,01,500.00"\n'
        '06-Aug-26,Closing Balance,,,"Rs. 1,01,500.00"\n',
        [10050000],
        "ok",
    ),
    "overdrawn": (
        "Date,Particulars,Debit,Credit,Balance\n"
        "05 August 2026,A,,500.00,500.00Dr\n"
        '06 August 2026,B,"1,000.00",,1500.00Dr\n',
        [50000, -100000],
        "ok",
    ),
    "M-Pesa of a person": (
        "M-PESA STATEMENT\n"
        "Customer Name: PAYER\n"
        "Mobile Number: 254722000101\n"
        "Date of Statement: 6th Aug 2026\n"
        "SUMMARY\n"
        "TRANSACTION TYPE,PAID IN,PAID OUT\n"
        "TOTAL:,500.00,10.00\n"
        "DETAILED STATEMENT\n"
        "Receipt No.,Completion Time,Details,Transaction Status,Paid in,Withdrawn,Balance\n"
        "TKL4X81QZ2,2026-08-05 14:31:02,Funds received from 0722***101 PAYER,COMPLETED,500.00,,1500.00\n"
        "TKL4X81QZ1,2026-08-05 10:31:02,Customer Transfer to - 0711***345 SALOME,Completed,,10.00,1000.00\n",
        [50000, -1000],
        "ok",
    ),
    "narration on two rows": (
        "Date,Details,Amount,Balance\n05/08/2026,A first,5,5\n,and second part,,\n06/08/2026,B,5,10\n",
        [500, 500],
        "ok",
    ),
    "words for the side": (
        'Date,Details,Amount,CR/DR\n05/08/2026,A,"1,00,000.00",Credit\n06/08/2026,B,5.00,Debit\n',
        [10000000, -500],
        "unverifiable",
    ),
    "two balances": (
        "Transaction Date,Description,Debit,Credit,Available Balance,Balance\n"
        "5/8/2026,A,,500,9999,500\n"
        "6/8/2026,B,5,,9999,495\n",
        [50000, -500],
        "ok",
    ),
    "instants": (
        "timestamp,amount,balance,reference\n"
        "2026-08-05T10:00:00Z,5.00,5.00,X\n"
        "2026-08-05T11:00:00+03:00,-5.00,0.00,Y\n",
        [500, -500],
        "ok",
    ),
    "packed dates": (
        "date,description,amount\n20260805,A,12.5\n20260806,B,.50\n",
        [1250, 50],
        "unverifiable",
    ),
    "sum without a word": (
        "Date,Details,Debit,Credit,Balance\n1/8/2026,a,,10,10\n2/8/2026,b,,10,20\n,,,20,\n",
        [1000, 1000],
        "ok",
    ),
}
