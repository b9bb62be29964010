// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using Heliograph.Core.Wire;

namespace Heliograph.Core.Sequencing;

/// <summary>What a submission comes to on a given state. Closed.</summary>
internal abstract record Decision
{
    private Decision() { }

    /// <summary>An entry with this body is to be appended.</summary>
    public sealed record Append(IMessage Body) : Decision
    {
        /// <summary>Puts the body into an entry.</summary>
        public void PutInto(Entry entry)
        {
            switch (Body)
            {
                case ChangeSettings change: entry.ChangeSettings = change; break;
                case CreateNamespace create: entry.CreateNamespace = create; break;
                case AlterNamespace alter: entry.AlterNamespace = alter; break;
                case DeleteNamespace delete: entry.DeleteNamespace = delete; break;
                case CreateNamedSnapshot create: entry.CreateNamedSnapshot = create; break;
                case AlterNamedSnapshot alter: entry.AlterNamedSnapshot = alter; break;
                default: throw new System.Diagnostics.UnreachableException($"No entry holds a {Body.Descriptor.Name}.");
            }
        }
    }

    /// <summary>Nothing is to be written; this is the answer.</summary>
    public sealed record Answer(SubmitResult Result) : Decision;
}
