// SPDX-License-Identifier: Apache-2.0
using Heliograph.Simulation;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

// With --seed it replays one world and says what came of it; without, it is a test program like any other.
if (args.Contains("--seed")) return Replay.Run(args);
return args.Any(arg => arg is "--server" or "--internal-msbuild-node" || arg.StartsWith("--coverlet", StringComparison.Ordinal))
    ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await ConsoleRunner.Run(args);
