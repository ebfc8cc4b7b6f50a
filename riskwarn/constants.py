"""Numbers that a reader may ask about, with unit and source. Local policy is configuration."""

YAML_MAX_BYTES = 5_000_000  # a rule pack of 5,000 rules is about 2 MB
YAML_MAX_DEPTH = 32  # PyYAML's C loader crashes the process at about 30,000 levels
YAML_MAX_EVENTS = 500_000
CELL_MAX_CHARS = 10_000  # longer cells in registers are damage or attack
USCC_LENGTH = 18  # GB 32100-2015
ITEM_CODE_LENGTH = 14  # 监管事项目录编码
FULL_SHARE_BP = 10_000  # 100 % in basis points
