// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using Heliograph.Scale.Tree;

var root = new RootCommand("Fleets at scale: a tree of real processes.") { new TreeCommand(), new ClientsCommand() };
return await root.Parse(args).InvokeAsync();
