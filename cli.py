"""The door: `python cli.py …` is `riskwarn …`."""

from riskwarn.commands.app import main

if __name__ == "__main__":
    main()
