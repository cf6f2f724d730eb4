from forecourt_training.cli import main

raise SystemExit(main())
