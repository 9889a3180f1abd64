-- The rule's arithmetic of what is staged, with its figures filled in.
SELECT {{arithmetic}} FROM staged_findings
