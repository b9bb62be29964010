// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;

namespace Heliograph.Cli.Terminal;

/// <summary>The options that every command has.</summary>
internal sealed class GlobalOptions
{
    /// <summary>Address of the origin.</summary>
    public Option<string?> Server { get; } = new("--server") { Recursive = true, HelpName = "URL", Description = "Address of the origin. Also: HELIOGRAPH_SERVER, or the context that 'helio dev' writes." };

    /// <summary>API token.</summary>
    public Option<string?> Token { get; } = new("--token") { Recursive = true, HelpName = "TOKEN", Description = "API token; other users of this machine can see it here. Also: HELIOGRAPH_TOKEN." };

    /// <summary>File that holds the API token.</summary>
    public Option<string?> TokenFile { get; } = new("--token-file") { Recursive = true, HelpName = "FILE", Description = "File that holds the API token. Also: HELIOGRAPH_TOKEN_FILE." };

    /// <summary>Certificates that the server's is checked against.</summary>
    public Option<string?> Ca { get; } = new("--ca") { Recursive = true, HelpName = "FILE", Description = "PEM file of the realm's certificate authority. Default: the system's trusted ones. Also: HELIOGRAPH_CA." };

    /// <summary>Which deployment.</summary>
    public Option<string?> Context { get; } = new("--context") { Recursive = true, HelpName = "NAME", Description = "Which deployment of 'helio context list'. Default: that of 'helio dev' while it runs, else the one in use." };

    /// <summary>Table, JSON or YAML.</summary>
    public Option<OutputFormat> Format { get; } = new("--output", "-o") { Recursive = true, HelpName = "table|json|yaml", Description = "How results are written to standard output. Default: table." };

    /// <summary>No colours even on a terminal.</summary>
    public Option<bool> NoColor { get; } = new("--no-color") { Recursive = true, Description = "No colours. Also: NO_COLOR. Never any when standard output is not a terminal." };

    /// <summary>How long one command tries.</summary>
    public Option<TimeSpan> Timeout { get; } = new("--timeout")
    {
        Recursive = true, HelpName = "DURATION", DefaultValueFactory = _ => TimeSpan.FromSeconds(30), CustomParser = Duration.Parse,
        Description = "How long a call is tried, retries included: 500ms, 30s, 2m. Default: 30s.",
    };

    /// <summary>Adds them to the root.</summary>
    public void AddTo(Command root)
    {
        Format.AcceptOnlyFromAmong("table", "json", "yaml");
        root.Add(Server);
        root.Add(Token);
        root.Add(TokenFile);
        root.Add(Ca);
        root.Add(Context);
        root.Add(Format);
        root.Add(NoColor);
        root.Add(Timeout);
    }
}
