"""Files that several tests deliver."""

FILES = {
    "a-good.csv": "date,vendor,amount,external_id\n2024-03-01,Acme,5.00,E1\n2024-04-01,Acme,7.00,E2\n",
    "b-differs.csv": "date,vendor,amount,external_id\n2024-03-01,Acme,6.00,E1\n",
    "c-known.csv": "date,vendor,amount,external_id\n2024-03-01,Acme,5.00,E1\n2024-05-01,Acme,9.00,E3\n",
    "d-bad.csv": "date,vendor,amount\n2024-02-30,Acme,1.00\n2024-03-01,,x\n2024-03-02,Acme,3.00\n",
    "e-empty.csv": "date,vendor,amount\n",
    "f-broken.csv": "\x00\x01",
}
"""One of each fate: accepted, another row under a known id, a known row, bad rows, no row, no text."""
