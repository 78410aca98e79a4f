"""业务页: forms rail, list and the editor generated from a form."""
