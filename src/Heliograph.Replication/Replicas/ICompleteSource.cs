// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Replication.Replicas;

/// <summary>A source that holds every namespace there is: what it does not find does not exist. The origin's.</summary>
public interface ICompleteSource : INamespaceSource;
