// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Scale.Overload;
using Heliograph.Scale.Soak;
using Heliograph.Scale.Storm;
using Heliograph.Scale.Tree;
using Heliograph.Scale.World;

var root = new RootCommand("Fleets at scale: a tree of real processes, and the model of larger ones.") { new TreeCommand(), new ClientsCommand(), new StormCommand(), new OverloadCommand(), new AuthorsCommand(), new ScaleCommand(), new SoakCommand() };
return await root.Parse(args).InvokeAsync();
