"""Everything printed: page, ledger, approval form, notice, certificate, workbook."""
