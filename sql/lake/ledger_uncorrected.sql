-- The ledger where nothing was taken out: the lake's tables as they are, so that it costs nothing.
CREATE OR REPLACE TEMP VIEW ledger_transactions AS FROM lake.transactions;
CREATE OR REPLACE TEMP VIEW ledger_totals AS FROM lake.load_totals;
CREATE OR REPLACE TEMP VIEW ledger_vendors AS FROM lake.load_vendors;
CREATE OR REPLACE TEMP VIEW taken_out_transactions AS FROM lake.transactions WHERE false
