// One import for programs: `import Peregrine` imports every module that a program needs.

@_exported import Acceleration
@_exported import CachePolicies
@_exported import Datasets
@_exported import Diagnostics
@_exported import DiffusionMath
@_exported import Encoders
@_exported import Encoding
@_exported import Evaluation
@_exported import Models
@_exported import Nets
@_exported import Objectives
@_exported import Pictures
@_exported import Recipes
@_exported import RunFiles
@_exported import Runs
@_exported import Samples
@_exported import Sampling
@_exported import Scores
@_exported import Telemetry
@_exported import Tensors
@_exported import Training
