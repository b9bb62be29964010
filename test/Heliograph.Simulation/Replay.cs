// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Simulation;
internal static class Replay { public static int Run(string[] args) => args.Length; }
