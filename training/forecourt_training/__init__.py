"""Trains the ranking model of Forecourt with LightFM, judges it, and exports it for the Rust scorer.

Reading order: `cars` and `events` are the inputs; `behaviour` and `generate` make events where there are none;
`features` turns cars into vectors; `interactions` splits time; `fit` trains; `serving` is what the server computes;
`evaluate` judges; `model_file` is the contract with the server; `export` and `verify` keep it.
"""
