// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;
using Heliograph.Hosting.Problems;
using Microsoft.AspNetCore.Http;

namespace Heliograph.Agent.ReadApi;

/// <summary>What a request asks for; every fault of it is named at once.</summary>
internal sealed class ReadQuery
{
    private readonly JsonArray _faults = [];

    private ReadQuery(HttpContext context, string[] allowed)
    {
        var query = context.Request.Query;
        if (!NamespaceName.TryParse((string?)context.Request.RouteValues["ns"] ?? "", out var name, out var fault)) Fault("ns", fault);
        Name = name;
        foreach (var (parameter, values) in query)
        {
            if (!allowed.Contains(parameter)) Fault(parameter, $"There is no such parameter here; there are {string.Join(", ", allowed)}.");
            else if (values.Count > 1) Fault(parameter, "It is given more than once.");
        }
        Label = query.TryGetValue("label", out var label) ? label.ToString() : null;
        Prefix = query["prefix"].ToString();
        if (allowed.Contains("key"))
        {
            if (SettingKey.TryCreate(query["key"].ToString(), string.IsNullOrEmpty(Label) ? null : Label, out var key, out var error)) Key = key;
            else Fault("key", error);
        }
        if (query.TryGetValue("wait", out var wait))
        {
            if (int.TryParse(wait.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= ReadEndpoints.WaitSecondsMax) Wait = TimeSpan.FromSeconds(seconds);
            else Fault("wait", $"Seconds, 0 to {ReadEndpoints.WaitSecondsMax}.");
        }
        var after = context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } seen ? seen : query["after"].ToString();
        if (after.Length == 0) return;
        if (Revision.TryParse(after, out var revision)) After = revision;
        else Fault("after", "A revision is written 1.48213.");
    }

    public NamespaceName Name { get; }

    public SettingKey Key { get; }

    public string? Label { get; }

    public string Prefix { get; }

    /// <summary>How long the caller waits for another answer than it has.</summary>
    public TimeSpan Wait { get; }

    /// <summary>What the watcher has seen.</summary>
    public Revision? After { get; }

    public SettingFilter Filter => new(Prefix, Label);

    /// <summary>Why it cannot be answered; <see langword="null"/> if it can.</summary>
    public Problem? Problem => _faults.Count == 0 ? null : ProblemKinds.InvalidRequest.With(extensions: new JsonObject { ["errors"] = _faults });

    /// <summary>Reads a request that takes these parameters.</summary>
    public static ReadQuery Of(HttpContext context, params string[] allowed) => new(context, allowed);

    private void Fault(string path, string message)
    {
        if (_faults.Count < 100) _faults.Add((JsonNode)new JsonObject { ["path"] = path, ["message"] = message });
    }
}
