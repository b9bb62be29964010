// SPDX-License-Identifier: Apache-2.0
using Heliograph.Platform.Net;

namespace Heliograph.Client;

/// <summary>What a client needs to know: whom to ask, whom to believe, who it is, and how long it may wait.</summary>
public class HeliographClientOptions
{
    /// <summary>
    /// Where to ask, nearest first: <c>unix:///path</c> for this host's agent, <c>tls://host:port</c> for a relay or the origin,
    /// <c>tcp://127.0.0.1:port</c> on loopback. At least two, so that the loss of one is no loss; see <see cref="AllowSingleParent"/>.
    /// </summary>
    public IList<string> Parents { get; } = [];

    /// <summary>Whether one parent is enough. Default <see langword="false"/>: say it knowingly, where nothing better exists.</summary>
    public bool AllowSingleParent { get; set; }

    /// <summary>The namespaces to have before the start is done; at most 1,000. More can be subscribed to later.</summary>
    public IList<NamespaceName> Namespaces { get; } = [];

    /// <summary>Path of the realm's trust file, as handed out with the deployment. This or <see cref="TrustBytes"/> must be given.</summary>
    public string? TrustFile { get; set; }

    /// <summary>Content of the realm's trust file, for those who have no file.</summary>
    public ReadOnlyMemory<byte> TrustBytes { get; set; }

    /// <summary>Who this process is.</summary>
    public InstanceIdentity Instance { get; } = new();

    /// <summary>
    /// A directory of this process's own, where it keeps what it last knew to be good, so that it starts when nobody answers.
    /// <see langword="null"/>: memory only, for a process whose host has an agent.
    /// </summary>
    public string? LastKnownGoodDirectory { get; set; }

    /// <summary>
    /// With a directory: how long the service must run well on a revision before it counts as good. Until then two unclean ends on it make the next
    /// start serve the last stable one. Default 10 minutes; 1 s to 7 days. See <see cref="HeliographClient.IsHealthy"/>.
    /// </summary>
    public TimeSpan BakeTime { get; set; } = Core.LastKnownGood.BootGuard.BakeTimeDefault;

    /// <summary>How long the start waits for a parent's word before it goes on with the last-known-good, or fails. Default 5 s; 0 to 10 minutes.</summary>
    public TimeSpan StartupWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether the start succeeds even if a namespace is not there. It then appears, with an event, once a parent has it.</summary>
    public bool Optional { get; set; }

    /// <summary>Of <see cref="Namespaces"/>, those that the start succeeds without. With <see cref="Optional"/> all of them are.</summary>
    public IList<NamespaceName> OptionalNamespaces { get; } = [];

    /// <summary>
    /// What the application says of a revision before it is served. One that any of them refuses is not served and is reported upward as refused, with the
    /// reason; what was served stays, whole.
    /// </summary>
    public IList<RevisionValidator> Validators { get; } = [];

    /// <summary>
    /// Revisions of namespaces that nothing newer is served than, from the start on; see <see cref="HeliographClient.Pin"/>. Newer ones are held, and reported as
    /// refused (<c>pinned</c>).
    /// </summary>
    public IDictionary<NamespaceName, Revision> Pins { get; } = new Dictionary<NamespaceName, Revision>();

    /// <summary>PEM file of the realm's authority. Needed for <c>tls://</c>.</summary>
    public string? AuthorityFile { get; set; }

    /// <summary>PEM file of this process's certificate, read anew for each connection. With <see cref="CertificateKeyFile"/>, or not at all.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>PEM file of the certificate's key.</summary>
    public string? CertificateKeyFile { get; set; }

    /// <summary>An API token, for parents to whom the connection itself proves nobody. Never written to a log.</summary>
    public string? Token { get; set; }

    /// <summary>
    /// Where the content comes from if not from parents: for tests, and for a machine without a server. Parents, trust and certificates are then not asked for, and
    /// nothing is kept on disk. Default <see langword="null"/>: from <see cref="Parents"/>.
    /// </summary>
    public HeliographSource? Source { get; set; }

    /// <summary>The clock. For tests.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Checks everything at once.</summary>
    /// <exception cref="ArgumentException">Something is wrong; the message names every fault.</exception>
    public void Validate()
    {
        var faults = Faults().ToList();
        if (faults.Count > 0) throw new ArgumentException($"The options of the Heliograph client are not usable:{Environment.NewLine}- {string.Join($"{Environment.NewLine}- ", faults)}");
    }

    /// <summary>What is wrong with the options, one sentence each.</summary>
    protected virtual IEnumerable<string> Faults() => Source is null ? [.. ParentFaults(), .. Instance.Faults(), .. TrustFaults(), .. LimitFaults()] : LimitFaults();

    internal bool IsOptional(NamespaceName name) => Optional || OptionalNamespaces.Contains(name);

    private IEnumerable<string> ParentFaults()
    {
        if (Parents.Count == 0) yield return "Parents is empty: name this host's agent, and a relay to fall back to.";
        if (Parents.Count == 1 && !AllowSingleParent) yield return "Parents names one address; name a second, or set AllowSingleParent.";
        foreach (var parent in Parents)
        {
            if (!Uri.TryCreate(parent, UriKind.Absolute, out var address)) yield return $"Parent '{parent}' is not an address: write unix:///path, tls://host:port or tcp://127.0.0.1:port.";
            else if (!ParentEndpoint.TryParse(address, out var endpoint, out var error)) yield return $"Parent '{parent}' cannot be used: {error}.";
            else if (endpoint is ParentEndpoint.Tls && AuthorityFile is null) yield return $"Parent '{parent}' needs AuthorityFile, the certificate of the realm's authority.";
        }
        if (Parents.Distinct(StringComparer.Ordinal).Count() != Parents.Count) yield return "Parents names an address twice.";
    }

    private IEnumerable<string> TrustFaults()
    {
        if (TrustFile is null == TrustBytes.IsEmpty) yield return "Give TrustFile or TrustBytes, one of them.";
        if (CertificateFile is null != CertificateKeyFile is null) yield return "CertificateFile and CertificateKeyFile are given together.";
        if (CertificateFile is not null && AuthorityFile is null) yield return "CertificateFile needs AuthorityFile, the certificate of the realm's authority.";
    }

    private IEnumerable<string> LimitFaults()
    {
        if (Namespaces.Count > Limits.SubscriptionsMax) yield return $"Namespaces has {Namespaces.Count} names; the limit is {Limits.SubscriptionsMax}.";
        if (Namespaces.Any(name => name.IsEmpty)) yield return "Namespaces holds an empty name.";
        foreach (var name in OptionalNamespaces.Except(Namespaces)) yield return $"OptionalNamespaces names '{name}', which Namespaces does not.";
        foreach (var name in Pins.Keys.Except(Namespaces)) yield return $"Pins names '{name}', which Namespaces does not.";
        if (StartupWait < TimeSpan.Zero || StartupWait > TimeSpan.FromMinutes(10)) yield return $"StartupWait is 0 to 10 minutes, not {StartupWait}.";
        if (BakeTime < TimeSpan.FromSeconds(1) || BakeTime > TimeSpan.FromDays(7)) yield return $"BakeTime is 1 s to 7 days, not {BakeTime}.";
    }
}
