// SPDX-License-Identifier: Apache-2.0
using System.Net;

namespace Heliograph.Cli.Terminal;

/// <summary>How to reach the origin and as whom.</summary>
/// <param name="Server">Base address, ending in a slash.</param>
/// <param name="Token">API token, or <see langword="null"/>.</param>
/// <param name="CaFile">PEM file that the server's certificate is checked against, or <see langword="null"/> for the system's.</param>
/// <param name="Timeout">How long one call is tried, retries included.</param>
internal sealed record ConnectionSettings(Uri Server, string? Token, string? CaFile, TimeSpan Timeout)
{
    /// <summary>Kind of the failure that no server is named.</summary>
    public const string NoServer = "no_server";

    /// <summary>Options first, then the environment, then the context; a context that is named by an option comes before the environment. A context's token goes to the context's server only.</summary>
    /// <exception cref="CommandException">No server is named, or what is named is wrong.</exception>
    public static ConnectionSettings Resolve(string? server, string? token, string? tokenFile, string? ca, TimeSpan timeout, Func<string, string?> environment, string? contextName = null)
    {
        var context = Contexts.Choose(contextName, environment);
        string? Ambient(string variable) => contextName is null ? NotEmpty(environment(variable)) : null;
        server ??= Ambient("HELIOGRAPH_SERVER");
        var address = ParseServer(server ?? context?.Server ?? throw new CommandException(ExitCode.Usage, "No server is named.",
            next: "Give --server or set HELIOGRAPH_SERVER, or name a deployment ('helio context set'); 'helio dev' starts a realm and remembers it.") { Kind = NoServer });
        var atContext = context is not null && context.IsAt(address);

        token ??= ReadToken(tokenFile)
            ?? Ambient("HELIOGRAPH_TOKEN")
            ?? ReadToken(Ambient("HELIOGRAPH_TOKEN_FILE"))
            ?? (atContext ? context!.Token ?? ReadToken(context.TokenFile) : null);
        ca ??= Ambient("HELIOGRAPH_CA") ?? (atContext ? context!.Ca : null);

        if (token is not null && address.Scheme == Uri.UriSchemeHttp && !IsLoopback(address))
            throw new CommandException(ExitCode.Usage, "A token is not sent in the clear to another machine.", address.ToString(), "Use the https address of the origin.");
        if (token is not null && token.Any(c => c is <= ' ' or > '~'))
            throw new CommandException(ExitCode.Usage, "The token holds characters that no token has.", next: "Check --token, --token-file or HELIOGRAPH_TOKEN.");
        return new(address, token, ca, timeout);
    }

    /// <summary>The token that options and environment name, for whoever is not reached by REST: the context's token goes to the context's server only.</summary>
    public static string? TokenOf(string? token, string? tokenFile, Func<string, string?> environment) =>
        token ?? ReadToken(tokenFile) ?? NotEmpty(environment("HELIOGRAPH_TOKEN")) ?? ReadToken(NotEmpty(environment("HELIOGRAPH_TOKEN_FILE")));

    private static Uri ParseServer(string text) =>
        Uri.TryCreate(Slashed(text), UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new CommandException(ExitCode.Usage, $"'{text}' is no address of a server.", next: "Write it like https://origin.example:7443 or http://127.0.0.1:7430.");

    private static string Slashed(string text) => text.EndsWith('/') ? text : text + "/";

    private static bool IsLoopback(Uri address) =>
        address.IsLoopback || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    private static string? ReadToken(string? file)
    {
        if (file is null) return null;
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, "The token file cannot be read.", file, "Check the path and its permissions.");
        }
    }

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
