"""YAML with positions, read strictly and safely; faults are said to people, with their cure."""

from riskwarn.yamlfile.models import ModelT, check_keys, read_model
from riskwarn.yamlfile.nodes import Node
from riskwarn.yamlfile.reader import load, parse
from riskwarn.yamlfile.slips import list_slip, plain_word

__all__ = [
    "ModelT",
    "Node",
    "check_keys",
    "list_slip",
    "load",
    "parse",
    "plain_word",
    "read_model",
]
