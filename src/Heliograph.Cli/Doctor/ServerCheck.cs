// SPDX-License-Identifier: Apache-2.0
using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Heliograph.Cli.Api;
using Heliograph.Cli.Terminal;
using Heliograph.Core.Heads;
using Heliograph.Platform.Trust;

namespace Heliograph.Cli.Doctor;

/// <summary>The way to the origin, step by step. A step that cannot be taken leaves out those behind it, with that reason: one fault is named once.</summary>
/// <param name="run">The command.</param>
/// <param name="settings">Where the origin is, and as whom.</param>
/// <param name="anchor">The trust file, or <see langword="null"/>.</param>
/// <param name="watched">A namespace whose watch is tried; <see langword="null"/>: the first that may be read.</param>
/// <param name="patience">How long the first sign of a watch may take; less than the 10 s between its signs of life.</param>
internal sealed class ServerCheck(Invocation run, ConnectionSettings settings, TrustAnchor? anchor, NamespaceName? watched, TimeSpan patience)
{
    private static readonly TimeSpan s_clockMax = TimeSpan.FromSeconds(30);
    private static readonly string[] s_behindCertificate = [CheckNames.Token, CheckNames.Version, CheckNames.Trust, CheckNames.Proxy];

    /// <summary>All findings, in the order of the steps.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        using var probe = new ServerProbe(settings, run.Terminal.Time);
        if (await probe.TryAsync(cancellationToken) is { } unreachable)
        {
            findings.Add(unreachable);
            findings.AddRange(new[] { CheckNames.Clock, CheckNames.Certificate }.Concat(s_behindCertificate).Select(check => Finding.Skipped(check, "The server is not reached.")));
            return findings;
        }
        findings.Add(Finding.Ok(CheckNames.Server, $"{settings.Server} answers."));
        findings.Add(Clock(probe));
        if (settings.Server.Scheme != Uri.UriSchemeHttps) findings.Add(Finding.Skipped(CheckNames.Certificate, "The server is spoken to without TLS, on this machine."));
        else
        {
            var certificate = Certificate(probe);
            findings.Add(certificate);
            if (certificate.IsTrouble)
            {
                findings.AddRange(s_behindCertificate.Select(check => Finding.Skipped(check, "The server's certificate is not good: nothing is sent to it.")));
                return findings;
            }
        }
        using var api = new ApiClient(ApiConnection.Open(settings, run.Terminal));
        findings.Add(await TrustAsync(api, cancellationToken));
        await AsCallerAsync(api, findings, cancellationToken);
        return findings;
    }

    private static Finding Clock(ServerProbe probe)
    {
        if (probe.ServerTime is not { } theirs) return Finding.Skipped(CheckNames.Clock, "The server's answer does not say the time.");
        var off = probe.OwnTime - theirs;
        return off.Duration() > s_clockMax
            ? Finding.Trouble(CheckNames.Clock, $"This machine's clock is {Span(off.Duration())} {(off > TimeSpan.Zero ? "ahead of" : "behind")} the server's.", "Find out which of the two is wrong ('timedatectl'), and turn time synchronization on there.")
            : Finding.Ok(CheckNames.Clock, "This machine's clock and the server's agree within 30 s.");
    }

    private Finding Certificate(ServerProbe probe)
    {
        if (probe.Certificate is null) return Finding.Skipped(CheckNames.Certificate, "The server showed none.");
        X509Certificate2Collection? roots;
        try
        {
            roots = settings.CaFile is null ? null : CertificateJudge.Authorities(settings.CaFile);
        }
        catch (CommandException unreadable)
        {
            return Finding.Trouble(CheckNames.Certificate, $"{unreadable.Message} ({settings.CaFile})", "Give the PEM file of the realm's authority: --ca or HELIOGRAPH_CA.");
        }
        // By the server's clock where ours is wrong: that is named already, and is not the certificate's fault.
        var now = probe.ServerTime is { } theirs && (probe.OwnTime - theirs).Duration() > s_clockMax ? theirs : probe.OwnTime;
        return new CertificateJudge(roots, now).Judge(probe.Certificate, probe.Others, settings.Server.Authority, settings.Server.IdnHost);
    }

    private async Task<Finding> TrustAsync(ApiClient api, CancellationToken cancellationToken)
    {
        if (anchor is null) return Finding.Skipped(CheckNames.Trust, "No --trust is given.");
        try
        {
            var file = await api.GetTrustAsync(cancellationToken);
            if (!TrustFile.TryParse(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(file, ApiJson.Plain.JsonElement)), out var theirs, out var fault)) return Finding.Trouble(CheckNames.Trust, $"The server's trust file cannot be used: {fault}", "Check that the address is that of a Heliograph origin.");
            if (theirs.LogId != anchor.LogId) return Finding.Trouble(CheckNames.Trust, $"The trust file is of another log than the server's: realm '{anchor.Root.Realm}' {Short(anchor)}, and the server has '{theirs.Root.Realm}' {Short(theirs)}.", "Bring the trust file of this realm here by a trusted way, or correct the address. A follower refuses everything until then.");
            var missing = theirs.Root.HeadKeys.Where(key => anchor.FindHeadKey(key.KeyId) is null).Select(key => key.KeyId).ToList();
            return missing.Count > 0
                ? Finding.Trouble(CheckNames.Trust, $"The trust file lacks head keys that the server has: {string.Join(", ", missing)}.", "Bring the present trust file here by a trusted way.")
                : Finding.Ok(CheckNames.Trust, $"The trust file is of the server's log, {Short(anchor)}.");
        }
        catch (CommandException failure)
        {
            return Finding.Trouble(CheckNames.Trust, $"The server does not say whom to trust: {failure.Message}", "Check that the address is that of a Heliograph origin.");
        }
    }

    private async Task AsCallerAsync(ApiClient api, List<Finding> findings, CancellationToken cancellationToken)
    {
        if (settings.Token is null)
        {
            findings.AddRange(new[] { CheckNames.Token, CheckNames.Version, CheckNames.Proxy }.Select(check => Finding.Skipped(check, "No token is given.")));
            return;
        }
        RealmStatus realm;
        try
        {
            realm = await api.GetRealmAsync(cancellationToken);
        }
        catch (CommandException failure)
        {
            findings.Add(failure.Code == ExitCode.NotAuthorized
                ? Finding.Trouble(CheckNames.Token, $"The server refuses the token: {failure.Message}", "It is wrong, revoked or expired: have another one made ('helio tokens create').")
                : Finding.Trouble(CheckNames.Server, $"The server does not answer as an origin does: {failure.Message}", failure.Next ?? "Look at its log and at /readyz."));
            findings.AddRange(new[] { CheckNames.Version, CheckNames.Proxy }.Select(check => Finding.Skipped(check, "The server does not answer this caller.")));
            return;
        }
        findings.Add(realm.Role is null
            ? Finding.Warning(CheckNames.Token, "The server knows the token, and its owner has no role anywhere.", "Ask an admin for a role: 'helio roles grant'.")
            : Finding.Ok(CheckNames.Token, $"The token is known; its owner's highest role is {realm.Role}."));
        findings.Add(VersionOf(realm.Version));
        findings.Add(await ProxyAsync(api, cancellationToken));
    }

    private static Finding VersionOf(string? theirs)
    {
        var ours = typeof(ServerCheck).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
        return MajorMinor(ours) == MajorMinor(theirs ?? "")
            ? Finding.Ok(CheckNames.Version, $"The server is of version {theirs}, as this program.")
            : Finding.Trouble(CheckNames.Version, $"The server is of version {theirs ?? "unknown"}, this program of {ours}.", "Use the program of the server's version: commands may mean something else.");
    }

    private static string MajorMinor(string version) => string.Join('.', version.Split('+', '-')[0].Split('.').Take(2));

    private async Task<Finding> ProxyAsync(ApiClient api, CancellationToken cancellationToken)
    {
        try
        {
            var name = watched;
            if (name is null)
                await foreach (var first in api.ListNamespacesAsync(null, withArchived: false, cancellationToken))
                {
                    name = NamespaceName.Parse(first.Name);
                    break;
                }
            if (name is not { } found) return Finding.Skipped(CheckNames.Proxy, "There is no namespace that could be watched.");
            var revision = (await api.GetNamespaceAsync(found, cancellationToken)).Revision;
            return await api.HearsWatchAsync(found, revision, patience, cancellationToken)
                ? Finding.Ok(CheckNames.Proxy, "A watch is heard at once: nothing on the way holds answers back.")
                : Finding.Trouble(CheckNames.Proxy, $"Something between here and the server holds answers back: of a watch of {found} nothing came within {Span(patience)}, and other answers do.",
                    "Turn response buffering off in the proxy for text/event-stream (nginx: 'proxy_buffering off'), or go past it.");
        }
        catch (CommandException failure)
        {
            return Finding.Skipped(CheckNames.Proxy, $"A watch cannot be tried: {failure.Message}");
        }
    }

    private static string Short(TrustAnchor of) => of.LogId.ToString()[..12];

    private static string Span(TimeSpan span) => span.TotalSeconds < 120 ? FormattableString.Invariant($"{span.TotalSeconds:0.#} s") : span.TotalHours < 2 ? FormattableString.Invariant($"{span.TotalMinutes:0} min") : FormattableString.Invariant($"{span.TotalHours:0} h");
}
