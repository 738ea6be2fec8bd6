"""The memory layout and the collector: the only code of the guest that may use raw memory."""
