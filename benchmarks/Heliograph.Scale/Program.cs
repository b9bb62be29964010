// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Scale.Tree;
using Heliograph.Scale.World;

var root = new RootCommand("Fleets at scale: a tree of real processes, and the model of larger ones.") { new TreeCommand(), new ClientsCommand(), new ScaleCommand() };
return await root.Parse(args).InvokeAsync();
