// SPDX-License-Identifier: Apache-2.0
using System.Runtime.Versioning;
using Heliograph.Agent.ReadApi;
using Heliograph.Core.Replicas;
using Heliograph.Platform.Files;
using Microsoft.Extensions.Logging;

namespace Heliograph.Agent.Projection;

/// <summary>Keeps one projection level with its namespace: renders, swaps, tells. What cannot be rendered or written leaves the files as they are, and is tried again.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class Projector(ProjectionOptions options, NamespaceInterest interest, TimeProvider time, ILogger logger)
{
    /// <summary>Changes that come within this time are one generation.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(100);

    /// <summary>After a failure it is tried again: a template may be mended, a disk have space, a process be there.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(10);

    private readonly PublishedDirectory _directory = new(options.Directory);

    public ProjectionOptions Options => options;

    /// <summary>How it stands.</summary>
    public ProjectionState State { get; private set; } = new("waiting", null, "The namespace is not here yet.");

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var name = NamespaceName.Parse(options.Namespace);
        using var lease = interest.Acquire(name) ?? throw new InvalidOperationException("There are more projections than an agent follows namespaces.");
        NamespaceVersion? applied = null;
        while (true)
        {
            var changed = lease.NextChange; // before looking: what changes in between is not missed
            var version = lease.Current;
            if (version is not null && !ReferenceEquals(version.Records, applied?.Records))
            {
                await Task.Delay(Settling, time, cancellationToken);
                version = lease.Current ?? version;
                applied = await ApplyAsync(version, cancellationToken) ? version : null;
            }
            try
            {
                if (version is null || applied is not null) await changed.WaitAsync(cancellationToken);
                else await changed.WaitAsync(RetryInterval, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                // It is tried again.
            }
        }
    }

    private async Task<bool> ApplyAsync(NamespaceVersion version, CancellationToken cancellationToken)
    {
        string generation;
        try
        {
            var files = SettingFiles.Render(options, version);
            (generation, var digest) = SettingFiles.NameOf(version.Revision, files);
            var current = _directory.Current;
            if (current?.EndsWith($"-{digest}", StringComparison.Ordinal) == true) // the same content: also after a restart
            {
                generation = current;
                _directory.Link(files); // a writer may have died, or failed, between the swap and the names
            }
            else
            {
                _directory.Publish(generation, files, options.DirectoriesMode);
                logger.Projected(options.Name, version.Name, version.Revision, files.Count, options.Directory);
            }
        }
        catch (Exception exception) when (exception is RenderingException or IOException or UnauthorizedAccessException)
        {
            Fail("failed", version, exception.Message);
            return false;
        }
        if (options.OnChange is { } reload && _directory.Told != generation)
        {
            if (await ReloadHook.RunAsync(reload, time, cancellationToken) is { } fault)
            {
                Fail("not told", version, fault);
                return false;
            }
            _directory.Tell(generation);
        }
        State = new("current", version.Revision, null);
        return true;
    }

    private void Fail(string state, NamespaceVersion version, string detail)
    {
        if (State.Detail != detail) logger.NotProjected(options.Name, version.Name, version.Revision, detail);
        State = new(state, version.Revision, detail);
    }
}

/// <summary>How a projection stands.</summary>
/// <param name="State"><c>waiting</c> (the namespace is not here yet), <c>current</c>, <c>failed</c> (the files are those of before), <c>not told</c> (the files are new, whoever reads them could not be told).</param>
/// <param name="Revision">Of which revision that is said.</param>
/// <param name="Detail">Why, for people; never a value.</param>
internal sealed record ProjectionState(string State, Revision? Revision, string? Detail);
