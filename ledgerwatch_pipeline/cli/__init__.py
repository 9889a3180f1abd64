"""The command ``ledgerwatch``: one module a command group. Prints, and turns errors into exit codes; decides nothing."""
