"""One room per tab: it owns a page, asks the gateway on the worker, and shows what came back."""
