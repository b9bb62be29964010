// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Heliograph.Core.Sequencing;
using Heliograph.Hosting.Problems;

namespace Heliograph.Origin.Http;

/// <summary>What is wrong with a request, collected so that all of it is told at once.</summary>
internal sealed class Faults
{
    private const int Max = 100; // beyond it a list helps nobody

    private readonly List<Fault> _faults = [];

    /// <summary>Whether anything is wrong.</summary>
    public bool Any => _faults.Count > 0;

    /// <summary>Takes note of a fault.</summary>
    /// <param name="path">Where: a property such as <c>operations[3].key</c>, a query parameter, a header.</param>
    /// <param name="message">What, without quoting values.</param>
    public void Add(string path, string message)
    {
        if (_faults.Count < Max) _faults.Add(new(path, message));
    }

    /// <summary>Takes note of a fault if there is one.</summary>
    public void AddIf(string path, string? message)
    {
        if (message is not null) Add(path, message);
    }

    /// <summary>All of it as an answer.</summary>
    public Problem ToProblem() => Of(_faults);

    /// <summary>Faults as an answer.</summary>
    public static Problem Of(IReadOnlyCollection<Fault> faults)
    {
        var errors = new JsonArray();
        foreach (var fault in faults) errors.Add(new JsonObject { ["path"] = fault.Path, ["message"] = fault.Message });
        return ProblemKinds.InvalidRequest.With(faults.Count == 1 ? faults.First().Message : $"{faults.Count} things are wrong; 'errors' names them.", new JsonObject { ["errors"] = errors });
    }
}
