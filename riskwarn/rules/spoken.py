"""What people write instead of the words of the rule language; shown as 是否想写."""


def _words(*lines: str) -> dict[str, str]:
    """Read lines of `word: what people write for it`."""
    pairs = (line.split(": ", 1) for line in lines)
    return {spoken: word for word, many in pairs for spoken in many.split()}


RULE_WORDS = _words(
    "id: 编号",
    "title: 标题 名称 name",
    "status: 状态",
    "version: 版本",
    "item: 事项",
    "basis: 依据",
    "effective: 生效",
    "when: 条件 if condition on",
    "severity: 严重程度 级别 level",
    "message: 提示 消息 msg",
    "false_positives: 误报 falsepositives",
    "advice: 建议",
    "dedupe: 去重 dedup",
    "tests: 测试",
    "tags: 标签",
    "replaces: 替代",
    "high: 高",
    "medium: 中 一般",
    "low: 低",
    "critical: 严重 紧急 特别重大",
    "draft: 草稿",
    "shadow: 影子 试运行",
    "stable: 启用 正式 active",
    "deprecated: 停用 废止 disabled",
    "ignore: 忽略",
    "hit: 命中",
    "data_gap: 数据缺口 缺口",
    "scenario: 场景",
    "factor: 因素",
)
CONDITION_WORDS = _words(
    "all: and 且 并且 全部",
    "any: or 或 或者 任一",
    "not: 非 不是 none",
    "eq: == = equals 等于",
    "ne: != <> neq 不等于",
    "lt: < 小于 早于",
    "le: <= lte 不超过 不大于 小于等于",
    "gt: > 大于 晚于",
    "ge: >= gte 不少于 大于等于 至少",
    "in: 属于",
    "not_in: 不属于 nin",
    "contains: 包含",
    "starts_with: startswith prefix",
    "is_null: isnull 为空",
    "field: 字段",
    "feature: 特征",
    "in_list: 名单 list",
    "true: 是 yes True",
    "false: 否 no False",
)
TEST_WORDS = _words(
    "hit: 命中 yes",
    "clear: 未命中 不命中 no miss",
    "unknown: 无法判断 未知",
)
FLAG_WORDS = _words("true: 是 yes True 1 对", "false: 否 no False 0 错")
